"""An engine to test: the limiter that this process counts in, fresh for each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from django.db import connection

from apikeys.limiters.base import Limiter
from apikeys.limiters.database import DatabaseLimiter
from apikeys.limiters.memory import MemoryLimiter
from apikeys.limiters.remote.limiter import RedisLimiter
from apikeys.limiters.watch import OutboxWatch
from apikeys.operations import cases, limiting
from apikeys.operations.absorbing import absorb
from apikeys.operations.records import records
from apikeys.operations.routines import routines
from apikeys.operations.transactions import mutation
from tests import bed

Make = Callable[[], Limiter]
# Memory is for one process, which has SQLite; Redis for many, on PostgreSQL.
KINDS = {bed.SQLITE: ("memory", "database"), bed.POSTGRESQL: ("redis", "database")}
_prefixes = itertools.count()


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Make]:
    """How a process makes its limiter, `memory`, `redis` or `database`: each call is one more."""

    def maker(kind: str) -> Make:
        if kind == "memory":
            return lambda: _alone(tmp_path)
        if kind == "database":
            return lambda: DatabaseLimiter(absorb, mutation)
        url, prefix = request.getfixturevalue("valkey_url"), f"engine{next(_prefixes)}"
        return lambda: RedisLimiter(url, timeout_seconds=10, prefix=prefix)

    return maker


@pytest.fixture
def fresh(transactional_db: None) -> Generator[None, None, None]:
    """Nothing is remembered of other tests, whose rows are gone."""
    forget()
    yield
    limiting.install(None)
    forget()


@pytest.fixture(params=KINDS[os.environ[bed.PREPARED]])
def begin(
    request: pytest.FixtureRequest, fresh: None, made: Callable[[str], Make]
) -> Callable[[], Limiter]:
    """Begin to serve with a new limiter of each kind: as a process does that takes over."""
    make = made(request.param)

    def begin() -> Limiter:
        limiter = make()
        limiting.install(limiter)
        records.clear()
        return limiter

    begin()
    return begin


def forget() -> None:
    records.clear()
    routines.clear()
    cases._tenant_pks.clear()


def _alone(directory: Path) -> MemoryLimiter:
    on_sqlite = connection.vendor == "sqlite"
    memory = MemoryLimiter(directory, keeps_records=on_sqlite)
    if on_sqlite:
        memory.watch = OutboxWatch(memory.publish)
    return memory
