"""Reads that come to an end: what would take too long is given up, and holds no connection.

Filters that no index answers together may read a table of millions. SQLite, which is not for so
many, knows no such limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from apikeys.operations.transactions import sqlstate_of

SECONDS = 3
_CANCELLED = "57014"
_LIMIT = "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)"


class TookTooLong(Exception):
    """A statement was given up."""


@contextmanager
def patience(seconds: float | None = None) -> Iterator[None]:
    """Let no statement within take longer. Raises `TookTooLong`."""
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic():
            before = _limit(f"{int((seconds or SECONDS) * 1000)}ms")
            yield
            _limit(before)  # of a transaction that was there before ours
    except OperationalError as error:
        if sqlstate_of(error) != _CANCELLED:
            raise
        raise TookTooLong from error


def _limit(value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_LIMIT, [value])
        return str(cursor.fetchone()[0])
