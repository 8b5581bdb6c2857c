"""One transaction per verb, and on SQLite one writer at a time in this process.

SQLite takes its write lock by polling: 32 threads that poll starve one another until some give
up with "database is locked". A process-wide lock in front makes them queue instead.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

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
    return getattr(error.__cause__, "sqlstate", None) in (_SERIALIZATION_FAILURE, _DEADLOCK)
