"""What an answer shows of a key beside its own row, each kind in one query for many keys.

Django would join the tables of which a key has one row each, and that takes longer to put together
and to plan than all of these queries together. `prefetch_related` puts together a query of its own
for every relation of every page; and most keys have nothing there to be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models.query import ModelIterable

if TYPE_CHECKING:
    from apikeys.models.key import ApiKey

    _Keys = ModelIterable[ApiKey]
else:
    _Keys = ModelIterable  # subscriptable for the type checker only

FAILURES_SHOWN = 10
_SINGLE = ("limits", "policy", "totals", "details")
_ROWS = "SELECT {columns} FROM {table} WHERE {column} IN ({marks})"
_NEWEST = """
SELECT {columns} FROM (
    SELECT *, row_number() OVER (PARTITION BY key_id ORDER BY at DESC, id DESC) AS place
    FROM {table} WHERE {column} IN ({marks})
) AS numbered WHERE place <= {most} ORDER BY place
"""


class WholeIterable(_Keys):
    """Keys with everything beside them. The key is read first: of two who change it and read it at
    once, the reader has an old version of it, and never a new one with old rows beside it.
    """

    def __iter__(self) -> Iterator[ApiKey]:
        keys = list(super().__iter__())
        return iter(_whole(keys, self.queryset.db))


def _whole(keys: list[ApiKey], using: str) -> list[ApiKey]:
    """The keys, but for those that were purged meanwhile, with what belongs to them."""
    _attach_tenants(keys, using)
    for relation in _SINGLE:
        _attach_one(relation, keys, using)
    there = [key for key in keys if key._state.fields_cache["limits"]]
    _attach("secrets", there, using)
    _attach("ledger", [key for key in there if key.limits.credits is not None], using)
    # The totals of a key are written together with these.
    _attach("endpoints", [key for key in there if _was_used(key)], using)
    _attach("failures", [key for key in there if key.totals.total_errors], using, _NEWEST)
    for key in there:
        key.__dict__.setdefault("read_endpoints", [])
        key.__dict__.setdefault("read_failures", [])
    return there


def _was_used(key: ApiKey) -> bool:
    return bool(key.totals.total_requests or key.totals.reported)


def _attach_tenants(keys: Sequence[ApiKey], using: str) -> None:
    tenants = _rows("tenant", keys, using, column="id", values={key.tenant_id for key in keys})
    by_id = {tenant.pk: tenant for tenant in tenants}
    for key in keys:
        key.tenant = by_id[key.tenant_id]


def _attach_one(relation: str, keys: Sequence[ApiKey], using: str) -> None:
    """As `select_related` does it, both ways."""
    by_key = {row.key_id: row for row in _rows(relation, keys, using)}
    for key in keys:
        row = key._state.fields_cache[relation] = by_key.get(key.pk)
        if row is not None:
            row._state.fields_cache["key"] = key


def _attach(relation: str, keys: Sequence[ApiKey], using: str, statement: str = _ROWS) -> None:
    by_key: dict[int, list[Any]] = defaultdict(list)
    for row in _rows(relation, keys, using, statement):
        by_key[row.key_id].append(row)
    for key in keys:
        key.__dict__[f"read_{relation}"] = by_key[key.pk]


def _rows(
    relation: str,
    keys: Sequence[ApiKey],
    using: str,
    statement: str = _ROWS,
    *,
    column: str = "key_id",
    values: Collection[int] | None = None,
) -> Iterable[Any]:
    """Rows of a relation of these keys whose `column` is one of the values: ids of the keys."""
    if not keys:
        return ()
    related, columns = _related(relation, type(keys[0]))
    wanted = list(values or (key.pk for key in keys))
    marks, table = ", ".join(["%s"] * len(wanted)), related._meta.db_table
    told = {"columns": columns, "table": table, "column": column, "marks": marks}
    text = statement.format(**told, most=FAILURES_SHOWN)
    found: Iterable[Any] = related._default_manager.using(using).raw(text, wanted)
    return found


@cache
def _related(relation: str, model: type[ApiKey]) -> tuple[Any, str]:
    related: Any = model._meta.get_field(relation).related_model
    return related, ", ".join(field.column for field in related._meta.local_concrete_fields)
