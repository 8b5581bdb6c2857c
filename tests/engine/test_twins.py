"""The limiters are one in what they answer: whichever counts, a key may do the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from apikeys.domain.usage import Event
from apikeys.limiters.base import Limiter
from apikeys.limiters.database import DatabaseLimiter
from apikeys.limiters.memory import MemoryLimiter
from apikeys.limiters.remote.limiter import SHARDS, RedisLimiter
from apikeys.operations.transactions import mutation
from tests.engine.histories import HISTORY, Play, new_names
from tests.engine.much import TIMES

HISTORIES = 1_000
OF_THE_DATABASE = 60

unhurried = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


def in_memory(directory: Path) -> MemoryLimiter:
    limiter = MemoryLimiter(directory)
    limiter.adopt(0, limiter.begin_epoch(0))
    return limiter


def in_redis(url: str) -> RedisLimiter:
    # A pause of the machine is no failure here, so the answer may take long.
    limiter = RedisLimiter(url, timeout_seconds=10, prefix="twins")
    for shard in range(SHARDS):
        limiter.adopt(shard, limiter.begin_epoch(shard))
    return limiter


def played(history: Any, *plays: Play) -> None:
    """Every step is answered alike."""
    first, second, steps = history
    for play in plays:
        play.begin(first, second)
    for step in steps:
        answers = [play(step) for play in plays]
        assert answers[1:] == answers[:-1], step


def events_of(limiter: Limiter, shard: int, after: str) -> tuple[str, list[Any]]:
    entries = limiter.read(shard, limiter.epoch(shard), after, 10_000)
    told = [(it.event.attempt, str(it.event.outcome), it.event.uses) for it in entries]
    return (entries[-1].position if entries else after), told


class Reader:
    """The events of both limiters, each read once."""

    def __init__(self, memory: MemoryLimiter, redis: RedisLimiter) -> None:
        self._memory, self._redis = memory, redis
        self._positions = dict.fromkeys(range(-1, SHARDS), "")

    def are_equal(self) -> bool:
        self._positions[-1], ours = events_of(self._memory, 0, self._positions[-1])
        theirs: list[Any] = []
        for shard in range(SHARDS):
            at, told = events_of(self._redis, shard, self._positions[shard])
            self._positions[shard] = at
            theirs += told
        return sorted(map(repr, ours)) == sorted(map(repr, theirs))


def test_memory_and_redis_answer_alike(valkey_url: str, tmp_path: Path) -> None:
    memory, redis = in_memory(tmp_path), in_redis(valkey_url)
    reader = Reader(memory, redis)
    done: list[int] = []

    @settings(max_examples=HISTORIES * TIMES, print_blob=True, suppress_health_check=unhurried)
    @given(HISTORY)
    def alike(history: Any) -> None:
        names = new_names()
        played(history, Play(memory, names), Play(redis, names))
        done.append(1)
        if len(done) % 100 == 0:
            assert reader.are_equal()

    alike()
    assert reader.are_equal()
    assert len(done) >= HISTORIES


@pytest.mark.django_db(transaction=True)
def test_the_database_answers_like_memory(tmp_path: Path) -> None:
    recorded: list[Event] = []
    database, memory = DatabaseLimiter(recorded.extend, mutation), in_memory(tmp_path)

    @settings(
        max_examples=OF_THE_DATABASE * TIMES, print_blob=True, suppress_health_check=unhurried
    )
    @given(HISTORY)
    def alike(history: Any) -> None:
        names = new_names()
        played(history, Play(memory, names, ages=False), Play(database, names, ages=False))

    alike()
    _, told = events_of(memory, 0, "")
    assert told == [(it.attempt, str(it.outcome), it.uses) for it in recorded]
