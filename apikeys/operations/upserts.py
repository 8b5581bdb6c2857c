"""Adding to counters many rows at a time: one statement for rows that are there and those to come.

Written once for SQLite and PostgreSQL, which agree on `ON CONFLICT`. Every statement takes its rows
in one order, so that writers that meet wait for one another and never in a circle. Values are
numbers, texts and times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, models

_ROWS_A_STATEMENT = 500

Row = tuple[Any, ...]
Identity = TypeVar("Identity", bound=Row)


def add_up(
    model: type[models.Model],
    identity: Sequence[str],
    sums: Mapping[Identity, Row],
    added: Sequence[str],
    latest: Sequence[str] = (),
) -> None:
    """Add to the columns `added` of each row, and move those of `latest` forward in time.

    `sums` are the values of `added`, then of `latest`, by those of `identity`, which a unique
    constraint covers. A row that is missing is made; the model must have no other columns.
    """
    columns = [*identity, *added, *latest]
    changes = [*map(_sum, added), *map(_later, latest)]
    insert = f"INSERT INTO {_table(model)} AS here ({_list(model, columns)}) VALUES "  # noqa: S608  (names)
    on_conflict = f" ON CONFLICT ({_list(model, identity)}) DO UPDATE SET " + ", ".join(
        change.format(_column(model, name)) for change, name in changes
    )
    rows = _prepared(key + sums[key] for key in sorted(sums))
    for chunk in _chunks(rows):
        _execute(insert + _placeholders(chunk) + on_conflict, chunk)


def add_to(model: type[models.Model], column: str, sums: Mapping[int, int]) -> None:
    """Add to a column of rows that are there, by primary key; a sum of 0 is left out.

    The caller has locked the rows: one statement meets them in an order of its own.
    """
    name, key = _column(model, column), _column(model, "id")
    update = f"UPDATE {_table(model)} AS here SET {name} = here.{name} + more.column2 FROM (VALUES "  # noqa: S608  (names)
    for chunk in _chunks((pk, units) for pk, units in sums.items() if units):
        _execute(f"{update}{_placeholders(chunk)}) AS more WHERE here.{key} = more.column1", chunk)


def known(
    model: type[models.Model],
    columns: Sequence[str],
    wanted: Collection[Row],
    where: Mapping[str, Any] | None = None,
) -> set[Row]:
    """Those of the `wanted` values of `columns` that some row has, `where` other columns fit.

    The columns of `columns` are numbers and texts: what databases give back as it was put in.
    """
    where = where or {}
    fixed = "".join(f" AND {_column(model, name)} = %s" for name in where)
    select = f"SELECT DISTINCT {_list(model, columns)} FROM {_table(model)}"  # noqa: S608  (names)
    [values] = _prepared([tuple(where.values())])
    found: set[Row] = set()
    for chunk in _chunks(sorted(wanted)):
        matching = f" WHERE ({_list(model, columns)}) IN (VALUES {_placeholders(chunk)}){fixed}"
        found.update(_execute(select + matching, [*chunk, values], fetch=True))
    return found


def insert_new(
    model: type[models.Model],
    identity: Sequence[str],
    rows: Mapping[Identity, Row],
    dated: str,
    since: datetime,
) -> set[Row]:
    """Make those rows that are not there; the identities of the made ones.

    `rows` have by identity the value of the column `dated`. A row whose date is older than `since`
    counts as gone: it gets the new date, and is one of the made. The columns of the identity are
    numbers and texts.
    """
    columns = [*identity, dated]
    insert = f"INSERT INTO {_table(model)} AS here ({_list(model, columns)}) VALUES "  # noqa: S608  (names)
    date = _column(model, dated)
    otherwise = (
        f" ON CONFLICT ({_list(model, identity)}) DO UPDATE SET {date} = excluded.{date}"
        f" WHERE here.{date} < %s RETURNING {_list(model, identity)}"
    )
    [oldest] = _prepared([(since,)])
    made: set[Row] = set()
    for chunk in _chunks(_prepared(key + rows[key] for key in sorted(rows))):
        statement = insert + _placeholders(chunk) + otherwise
        made.update(_execute(statement, [*chunk, oldest], fetch=True))
    return made


def _sum(name: str) -> tuple[str, str]:
    return "{0} = here.{0} + excluded.{0}", name


def _later(name: str) -> tuple[str, str]:
    # Null is earlier than any time, and GREATEST is not SQLite's word.
    is_later = "here.{0} IS NULL OR here.{0} < excluded.{0}"
    return f"{{0}} = CASE WHEN {is_later} THEN excluded.{{0}} ELSE here.{{0}} END", name


def _execute(statement: str, rows: Iterable[Row], *, fetch: bool = False) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in row])
        return cursor.fetchall() if fetch else []


def _prepared(rows: Iterable[Row]) -> Iterator[Row]:
    """Times as the database wants them; numbers and texts are the same everywhere."""
    adapted = connection.ops.adapt_datetimefield_value
    for row in rows:
        yield tuple(adapted(value) if isinstance(value, datetime) else value for value in row)


def _placeholders(chunk: Sequence[Row]) -> str:
    row = f"({', '.join(['%s'] * len(chunk[0]))})"
    return ", ".join([row] * len(chunk))


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _ROWS_A_STATEMENT)):
        yield chunk


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(model: type[models.Model], name: str) -> str:
    return connection.ops.quote_name(str(model._meta.get_field(name).column))  # type: ignore[union-attr]  # a column


def _list(model: type[models.Model], names: Sequence[str]) -> str:
    return ", ".join(_column(model, name) for name in names)
