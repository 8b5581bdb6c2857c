"""Every limiter, each with one shard that is in an epoch."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from pathlib import Path

import pytest

from apikeys.limiters.base import Limiter
from apikeys.limiters.database import DatabaseLimiter
from apikeys.limiters.memory import MemoryLimiter
from apikeys.limiters.remote.limiter import RedisLimiter
from apikeys.operations.absorbing import absorb
from apikeys.operations.limiting import install
from apikeys.operations.transactions import mutation

KINDS = ("memory", "database", "redis")


@pytest.fixture(params=KINDS)
def any_limiter(
    request: pytest.FixtureRequest, db: None, tmp_path: Path
) -> Generator[Limiter, None, None]:
    """The limiter of the process, one of each kind after the other."""
    chosen = _made(request, tmp_path)
    install(chosen)
    yield chosen
    install(None)


def _made(request: pytest.FixtureRequest, directory: Path) -> Limiter:
    match request.param:
        case "memory":
            return MemoryLimiter(directory)
        case "database":
            return DatabaseLimiter(absorb, mutation)
        case _:
            url = request.getfixturevalue("valkey_url")
            return RedisLimiter(url, timeout_seconds=5, prefix=f"test-{secrets.token_hex(4)}")
