"""Limits are exact when everybody asks at once: of the running service, over HTTP.

On SQLite it is one process that counts in its memory, on PostgreSQL two workers and Redis.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from apikeys.limiters.base import Limiter
from apikeys.operations import Presentation, limiting, verify
from tests.engine.asking import Key
from tests.engine.crowd import CLIENTS, Client, Crowd, Told, crowd_at, most_within
from tests.engine.much import TIMES
from tests.races.crew import crew_of
from tests.service import Service

MUCH = TIMES > 1
TRIES = 40 if MUCH else 8
UNITS = 25 * TRIES  # of the tries of all clients two fifths may pass
REPEATS = 3 if MUCH else 1
HOSTS = 8

# What a client pays each time, in turn.
QUOTAS: list[tuple[str, tuple[int, ...]]] = [
    ("monthly_request_quota", (1,)),
    ("requests_per_day", (1,)),
    ("max_uses", (1, 3, 7)),
    ("credits", (1, 3, 7)),
]


@pytest.fixture(scope="module")
def crowd(
    start_service: Callable[..., Service], database_kind: str, request: pytest.FixtureRequest
) -> Iterator[Crowd]:
    if database_kind == "sqlite":
        service = start_service()
    else:
        url = request.getfixturevalue("valkey_url")
        service = start_service(REDIS_URL=url, KEYSERVICE_WORKERS="2")
    with crowd_at(service) as crowd:
        yield crowd
    service.stop()  # the next one may get the same Redis, which serves one deployment alone


def tried(secret: str, costs: tuple[int, ...], client: Client) -> list[Told]:
    """All tries of one client; it begins somewhere in the row of costs."""
    at = random.randrange(len(costs))
    return [client.verify(secret, cost=costs[(at + it) % len(costs)]) for it in range(TRIES)]


def remaining(told: Told) -> dict[str, int]:
    return {it["name"]: it["remaining"] for it in told.verdict["limits"]}


@pytest.mark.parametrize("repeat", range(REPEATS))
@pytest.mark.parametrize(("name", "costs"), QUOTAS)
def test_a_hard_limit_lets_exactly_so_much_through(
    crowd: Crowd, name: str, costs: tuple[int, ...], repeat: int
) -> None:
    secret = crowd.issue(**{name: UNITS})
    told = crowd.do(partial(tried, secret, costs))
    passed = sum(1 if name == "max_uses" else it.cost for it in told if it.valid)
    assert len(told) == CLIENTS * TRIES
    assert passed == UNITS
    refused = "credits_exhausted" if name == "credits" else "quota_exceeded"
    assert {it.verdict["code"] for it in told} == {"valid", refused}
    last = crowd.do(lambda client: [client.verify(secret, cost=1)])[-1]
    assert list(remaining(last).values()) == [0]


@pytest.mark.parametrize(("name", "seconds"), [("second", 1), ("minute", 60)])
def test_a_bucket_lets_less_than_twice_its_size_through_in_any_window(
    crowd: Crowd, name: str, seconds: int
) -> None:
    size = 20
    secret = crowd.issue(**{f"requests_per_{name}": size})
    until = time.monotonic() + 2.2

    def hammer(client: Client) -> list[Told]:
        told = []
        while time.monotonic() < until:
            told.append(client.verify(secret))
        return told

    told = crowd.do(hammer)
    assert size <= most_within(told, seconds) <= 2 * size - 1
    assert {it.verdict["code"] for it in told} == {"valid", "rate_limited"}


def test_the_cap_of_concurrent_requests_is_never_passed_and_leases_end_by_themselves(
    crowd: Crowd,
) -> None:
    """Whoever holds the leases is gone: nobody gives one back."""
    secret = crowd.issue(concurrent_requests=8)
    until = time.monotonic() + 2.2

    def hold(client: Client) -> list[Told]:
        told = []
        while time.monotonic() < until:
            told.append(client.verify(secret, lease={"seconds": 1}))
        return told

    told = crowd.do(hold)
    assert most_within(told, 1) <= 8
    assert sum(it.valid for it in told) >= 16
    assert all((it.verdict["lease"] is not None) == it.valid for it in told)


def test_a_refusal_by_the_last_limit_leaves_the_others_untouched(crowd: Crowd) -> None:
    limits = {"requests_per_day": 500, "monthly_request_quota": 900, "max_uses": 700}
    secret = crowd.issue(**limits, requests_per_minute=6000, credits=5)
    told = crowd.do(lambda client: [client.verify(secret) for _ in range(3)])
    assert sum(it.valid for it in told) == 5
    assert {it.verdict["code"] for it in told if not it.valid} == {"credits_exhausted"}
    left = remaining(max(told, key=lambda it: it.began_at))
    del left["minute"]
    assert left == {"day": 495, "month": 895, "uses": 695, "credits": 0}


@pytest.mark.parametrize(("name", "costs"), QUOTAS)
def test_hosts_without_redis_are_as_exact(
    fresh: None,
    made: Callable[[str], Callable[[], Limiter]],
    name: str,
    costs: tuple[int, ...],
) -> None:
    limiting.install(made("database")())
    key, limit = Key({name: 40}), 40

    def tried() -> list[tuple[int, str]]:
        asked = [*random.choices(costs, k=10), 1, 1]
        return [(cost, str(verify(Presentation(key.secret, cost=cost)).outcome)) for cost in asked]

    with crew_of(HOSTS) as crew:
        results: list[Any] = crew.all_do(tried)
    told = [it for some in results for it in some]
    assert sum(1 if name == "max_uses" else cost for cost, it in told if it == "valid") == limit
    assert "undetermined" not in {it for _, it in told}
