"""What limiters keep outside of the database: keys and streams in Redis, files of the journal."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from apikeys.operations.limiting import install
from apikeys.operations.records import records
from tests.canary.sinks import Sinks
from tests.limiters import limiter_of

Collect = Callable[[Sinks], None]


@contextmanager
def installed(
    kind: str, request: pytest.FixtureRequest, directory: Path
) -> Generator[Collect, None, None]:
    """A limiter that serves meanwhile; gives how to collect what it keeps."""
    records.clear()
    install(limiter_of(kind, request, directory))
    url = request.getfixturevalue("valkey_url") if kind == "redis" else ""
    try:
        yield lambda sinks: collect(sinks, directory, url)
    finally:
        install(None)
        records.clear()


def collect(sinks: Sinks, directory: Path, url: str) -> None:
    """Everything below the directory, and everything in the server at `url` if there is one."""
    for path in directory.rglob("*"):
        if path.is_file():
            sinks.put("journal", path.read_bytes())
    if url:
        with Redis.from_url(url) as client:
            for name in client.scan_iter(count=1000):
                sinks.put("Redis", name)
                sinks.put("Redis", _value(client, name))


def _value(client: Redis, name: bytes) -> object:
    match client.type(name):
        case b"string":
            return client.get(name)
        case b"hash":
            return client.hgetall(name)
        case b"zset":
            return client.zrange(name, 0, -1, withscores=True)
        case b"stream":
            return client.xrange(name)
        case other:
            raise NotImplementedError(f"the search knows no {other!r}")
