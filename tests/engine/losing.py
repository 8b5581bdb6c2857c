"""Losing what a limiter knows, with the stream of its events or without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from apikeys.limiters.base import Limiter
from apikeys.limiters.memory import MemoryLimiter
from apikeys.limiters.remote.limiter import RedisLimiter
from apikeys.operations.limiting import limiter


def lose(begin: Callable[[], Limiter], *, streams: bool) -> None:
    """What a flushed Redis, or the next process, knows: nothing; of `streams` neither."""
    lost = limiter()
    if isinstance(lost, RedisLimiter):
        delete(lost, streams=streams)
    if isinstance(lost, MemoryLimiter):
        begin()
        if streams:
            _remove(lost._directory)


def delete(lost: RedisLimiter, *, streams: bool) -> None:
    """Everything of it in Redis, or everything but the streams."""
    call = lost.transport.call
    for name in call("0", "KEYS", f"{lost._names.prefix}:*"):
        if streams or b":e:" not in name:
            call("0", "DEL", name)


def _remove(directory: Path) -> None:
    for file in directory.iterdir():
        file.unlink()
