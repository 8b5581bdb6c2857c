"""Usage that many processes write at once: nothing is lost, nothing counts twice."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pytest

from apikeys.domain.usage import Event
from apikeys.models import RecentError
from apikeys.operations import Actor
from apikeys.operations.metering import record, standing
from apikeys.operations.reporting import Receipt, report_usage
from apikeys.operations.transactions import mutation
from tests.apikeys.metered import buckets, endpoints, event, refused, totals
from tests.apikeys.reported import told
from tests.factories import KeyFactory
from tests.races.crew import TRIALS, crew_of, of_type

FLUSHERS = 8
REPORTERS = 32


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


@pytest.mark.django_db(transaction=True)
def test_of_thirty_two_reports_with_equal_ids_each_counts_once() -> None:
    key = KeyFactory.create()
    with crew_of(REPORTERS) as crew:
        for trial in range(TRIALS):
            events = [told(key.public_id, f"{trial}-{number}", status=500) for number in range(5)]
            # In any order: whoever waits for another's ids must not be waited for.
            send = partial(report_all, [*events, events[0]])
            receipts = of_type(Receipt, crew.all_do(send))
            assert len(receipts) == REPORTERS
            assert sum(it.accepted for it in receipts) == len(events)
            assert {it.accepted + it.duplicates for it in receipts} == {6}
    assert (totals(key).total_errors, totals(key).latency_ms_sum) == (5 * TRIALS, 100 * TRIALS)
    assert RecentError.objects.filter(key=key).count() == 50


def report_all(events: list[dict[str, Any]]) -> Receipt:
    return report_usage(Actor.system(), random.sample(events, len(events)))


@mutation
def flush(events: list[Event]) -> None:
    record(events, standing(events))


def shuffled(events: list[Event]) -> list[Event]:
    return random.sample(events, len(events))
