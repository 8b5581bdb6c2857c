"""A limiter of each kind, made for one test."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from apikeys.limiters.base import Limiter
from apikeys.limiters.database import DatabaseLimiter
from apikeys.limiters.memory import MemoryLimiter
from apikeys.limiters.remote.limiter import RedisLimiter
from apikeys.operations.absorbing import absorb
from apikeys.operations.transactions import mutation

KINDS = ("memory", "database", "redis")


def limiter_of(kind: str, request: pytest.FixtureRequest, directory: Path) -> Limiter:
    """One that remembers nothing of earlier tests; Valkey is started only where it is needed."""
    match kind:
        case "memory":
            return MemoryLimiter(directory)
        case "database":
            return DatabaseLimiter(absorb, mutation)
        case _:
            url = request.getfixturevalue("valkey_url")
            return RedisLimiter(url, timeout_seconds=5, prefix=f"test-{secrets.token_hex(4)}")
