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
_SINGLE = ("policy", "totals", "details", "limits")  # the last tells whether the key is still there
_ROWS = "SELECT {columns} FROM {table} WHERE {column} IN ({marks})"
_NEWEST = """
SELECT {columns} FROM (
    SELECT *, row_number() OVER (PARTITION BY key_id ORDER BY at DESC, id DESC) AS place
    FROM {table} WHERE {column} IN ({marks})
) AS numbered WHERE place <= {most} ORDER BY place
"""


class WholeIterable(_Keys):
    """Keys with everything beside them. The key is read before that: while it is changed, a reader
    may get the old version with new rows, never the new version with old ones.
    """

    def __iter__(self) -> Iterator[ApiKey]:
        keys = list(super().__iter__())
        return iter(_whole(keys, self.queryset.db))


def _whole(keys: list[ApiKey], using: str) -> list[ApiKey]:
    """The keys, but for those that were purged meanwhile, with what belongs to them."""
    _attach_tenants(keys, using)
    _attach("secrets", keys, using)
    for relation in _SINGLE:
        _attach_one(relation, keys, using)
    there = [key for key in keys if key._state.fields_cache["limits"]]
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
    wanted = {key.tenant_id for key in keys}
    by_id = {tenant.pk: tenant for tenant in _rows("tenant", keys, using, "id", wanted)}
    for key in keys:
        key.tenant = by_id[key.tenant_id]


def _attach_one(relation: str, keys: Sequence[ApiKey], using: str) -> None:
    """As `select_related` does it, both ways."""
    by_key = {row.key_id: row for row in _of_keys(relation, keys, using)}
    for key in keys:
        row = key._state.fields_cache[relation] = by_key.get(key.pk)
        if row is not None:
            row._state.fields_cache["key"] = key


def _attach(relation: str, keys: Sequence[ApiKey], using: str, statement: str = _ROWS) -> None:
    by_key: dict[int, list[Any]] = defaultdict(list)
    for row in _of_keys(relation, keys, using, statement):
        by_key[row.key_id].append(row)
    for key in keys:
        key.__dict__[f"read_{relation}"] = by_key[key.pk]


def _of_keys(
    relation: str, keys: Sequence[ApiKey], using: str, statement: str = _ROWS
) -> Iterable[Any]:
    return _rows(relation, keys, using, "key_id", [key.pk for key in keys], statement)


def _rows(
    relation: str,
    keys: Sequence[ApiKey],
    using: str,
    column: str,
    ids: Collection[int],
    statement: str = _ROWS,
) -> Iterable[Any]:
    """Rows of the table behind a relation of keys that have one of the ids in the column."""
    if not keys:
        return ()
    related, columns = _related(relation, type(keys[0]))
    told = {"columns": columns, "table": related._meta.db_table, "column": column}
    marks = ", ".join(["%s"] * len(ids))
    text = statement.format(**told, marks=marks, most=FAILURES_SHOWN)
    found: Iterable[Any] = related._default_manager.using(using).raw(text, list(ids))
    return found


@cache
def _related(relation: str, model: type[ApiKey]) -> tuple[Any, str]:
    related: Any = model._meta.get_field(relation).related_model
    return related, ", ".join(field.column for field in related._meta.local_concrete_fields)
