"""What an answer shows of a key beside its own row, for many keys in at most four queries.

Django's `prefetch_related` puts together a query of its own for every relation of every page,
which takes longer than to read the rows; and most keys have nothing there to be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models.query import ModelIterable

if TYPE_CHECKING:
    from apikeys.models.key import ApiKey

    _Keys = ModelIterable[ApiKey]
else:
    _Keys = ModelIterable  # subscriptable for the type checker only

FAILURES_SHOWN = 10
_ROWS = "SELECT {columns} FROM {table} WHERE key_id IN ({marks})"
_NEWEST = """
SELECT {columns} FROM (
    SELECT *, row_number() OVER (PARTITION BY key_id ORDER BY at DESC, id DESC) AS place
    FROM {table} WHERE key_id IN ({marks})
) AS numbered WHERE place <= {most} ORDER BY place
"""


class WholeIterable(_Keys):
    """Keys with `read_secrets` and, where there may be some, the other rows that `its` gives."""

    def __iter__(self) -> Iterator[ApiKey]:
        keys = list(super().__iter__())
        read_beside(keys, self.queryset.db)
        return iter(keys)


def read_beside(keys: Sequence[ApiKey], using: str) -> None:
    """Read what belongs to keys that were selected with their limits and totals."""
    _attach("secrets", keys, using)
    _attach("ledger", [key for key in keys if key.limits.credits is not None], using)
    # The totals of a key are written together with these.
    _attach("endpoints", [key for key in keys if _was_used(key)], using)
    _attach("failures", [key for key in keys if key.totals.total_errors], using, _NEWEST)
    for key in keys:
        key.__dict__.setdefault("read_endpoints", [])
        key.__dict__.setdefault("read_failures", [])


def _was_used(key: ApiKey) -> bool:
    return bool(key.totals.total_requests or key.totals.reported)


def _attach(relation: str, keys: Sequence[ApiKey], using: str, statement: str = _ROWS) -> None:
    if not keys:
        return
    by_key: dict[int, list[Any]] = defaultdict(list)
    for row in _rows(relation, type(keys[0]), [key.pk for key in keys], using, statement):
        by_key[row.key_id].append(row)
    for key in keys:
        key.__dict__[f"read_{relation}"] = by_key[key.pk]


def _rows(
    relation: str, model: type[ApiKey], keys: Sequence[int], using: str, statement: str
) -> Iterable[Any]:
    related, columns = _related(relation, model)
    marks = ", ".join(["%s"] * len(keys))
    table = related._meta.db_table
    text = statement.format(columns=columns, table=table, marks=marks, most=FAILURES_SHOWN)
    found: Iterable[Any] = related._default_manager.using(using).raw(text, keys)
    return found


@cache
def _related(relation: str, model: type[ApiKey]) -> tuple[Any, str]:
    related: Any = model._meta.get_field(relation).related_model
    return related, ", ".join(field.column for field in related._meta.local_concrete_fields)
