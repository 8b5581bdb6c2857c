"""Usage that many processes write at once: nothing is lost, nothing counts twice."""

from __future__ import annotations

import random
from functools import partial

import pytest

from apikeys.domain.usage import Event
from apikeys.operations.metering import record
from apikeys.operations.transactions import mutation
from tests.apikeys.metered import buckets, endpoints, event, refused, totals
from tests.factories import KeyFactory
from tests.races.crew import TRIALS, crew_of

FLUSHERS = 8


@pytest.mark.django_db(transaction=True)
def test_flushers_that_meet_lose_nothing_and_never_stand_in_a_circle() -> None:
    keys = [KeyFactory.create() for _ in range(4)]
    paths = ("/a", "/b", "/c")
    events = [event(key, endpoint=path, source=path) for key in keys for path in paths]
    events += [event(key, "expired", source=path) for key in keys for path in paths]
    with crew_of(FLUSHERS) as crew:
        for _ in range(TRIALS):
            results = crew.do([partial(flush, shuffled(events)) for _ in range(FLUSHERS)])
            assert results == [None] * FLUSHERS
    times = FLUSHERS * TRIALS
    for key in keys:
        assert totals(key).total_requests == 3 * times
        assert endpoints(key) == dict.fromkeys(paths, times)
        assert sum(requests for requests, _ in buckets(key).values()) == 6 * times
    assert sum(refused(keys[0].tenant_id).values()) == len(keys) * 3 * times


@mutation
def flush(events: list[Event]) -> None:
    record(events)


def shuffled(events: list[Event]) -> list[Event]:
    return random.sample(events, len(events))
