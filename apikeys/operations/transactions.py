"""One transaction per verb, and on SQLite one writer at a time in this process.

SQLite takes its write lock by polling: 32 threads that poll starve one another until some give
up with "database is locked". A process-wide lock in front makes them queue instead.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

_one_writer = threading.RLock()

_TRIES = 3
_SERIALIZATION_FAILURE = "40001"
_DEADLOCK = "40P01"


def mutation(verb: Callable[P, R]) -> Callable[P, R]:
    """Run the verb in a transaction; begin again when the database broke a tie against it."""

    @functools.wraps(verb)
    def in_transaction(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, _TRIES):
            try:
                with _transaction():
                    return verb(*args, **kwargs)
            except OperationalError as error:
                # Inside a caller's transaction only the caller can begin again.
                if connection.in_atomic_block or not _may_repeat(error):
                    raise
                time.sleep(0.01 * attempt)
        with _transaction():
            return verb(*args, **kwargs)

    return in_transaction


def apart(verb: Callable[P, R]) -> Callable[P, R]:
    """Run the mutation in a transaction that stays, though the caller's may be undone.

    For what the limiter is told at once: of a host that wraps requests in transactions each one
    that fails would take back a lease whose units the limiter has. On SQLite there is no second
    writer, so there the caller's transaction has to do.
    """

    @functools.wraps(verb)
    def in_another_thread(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block or connection.vendor == "sqlite":
            return verb(*args, **kwargs)
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(_alone, partial(verb, *args, **kwargs)).result()

    return in_another_thread


def _alone(verb: Callable[[], R]) -> R:
    try:
        with connection.cursor() as cursor:
            # The caller may hold the lock that is wanted, and waits for us.
            cursor.execute("SET lock_timeout = '2s'")
        return verb()
    finally:
        # Pools hand the connection on as it is.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        connection.close()


@contextmanager
def _transaction() -> Iterator[None]:
    # Whoever is in a transaction holds SQLite's lock already; queueing for ours could deadlock.
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with _one_writer, transaction.atomic():
            yield
    else:
        with transaction.atomic():
            yield


def _may_repeat(error: OperationalError) -> bool:
    return sqlstate_of(error) in (_SERIALIZATION_FAILURE, _DEADLOCK)


def sqlstate_of(error: OperationalError) -> str | None:
    """PostgreSQL's code of what went wrong, by either version of psycopg."""
    cause = error.__cause__
    state: str | None = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state
