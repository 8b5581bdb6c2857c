"""What verifies leave behind."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.domain.usage import Attempt, Event
from apikeys.domain.verdict import Outcome
from apikeys.models import EndpointTotals, RefusedAttempt, UsageBucket
from apikeys.operations.remove import purge_key
from tests.apikeys.metered import NOON, buckets, endpoints, event, recorded, refused, totals
from tests.factories import KeyFactory, TenantFactory

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_nothing_leaves_nothing() -> None:
    recorded([])
    assert not UsageBucket.objects.exists()


def test_verifies_are_counted_by_key_hour_endpoint_and_verdict() -> None:
    key, other = KeyFactory.create(), KeyFactory.create()
    late = NOON + timedelta(minutes=59, seconds=59, microseconds=999_999)
    recorded(
        [
            event(key, endpoint="/a"),
            event(key, endpoint="/a", at=late),
            event(key, endpoint="/b"),
            event(key),
            event(key, "expired", endpoint="/a"),
            event(key, endpoint="/a", at=NOON + HOUR),
            event(other, endpoint="/a"),
        ]
    )
    assert buckets(key) == {
        (NOON, "/a", "valid"): (2, 2),
        (NOON, "/b", "valid"): (1, 1),
        (NOON, "", "valid"): (1, 1),
        (NOON, "/a", "expired"): (1, 0),
        (NOON + HOUR, "/a", "valid"): (1, 1),
    }
    assert buckets(other) == {(NOON, "/a", "valid"): (1, 1)}


def test_what_comes_later_is_added_to_what_is_there() -> None:
    key = KeyFactory.create()
    for _ in range(3):
        recorded([event(key, endpoint="/a", cost=5), event(key, "rate_limited", cost=5)])
    assert buckets(key) == {(NOON, "/a", "valid"): (3, 15), (NOON, "", "rate_limited"): (3, 0)}
    assert refused(key.tenant_id) == {(NOON, "rate_limited", ""): 3}
    assert totals(key).total_requests == 3


def test_only_valid_ones_count_in_the_totals_and_by_endpoint() -> None:
    key = KeyFactory.create()
    recorded([event(key, outcome, endpoint=f"/{outcome}") for outcome in Outcome])
    assert totals(key).total_requests == 1
    assert totals(key).reported == 0
    assert endpoints(key) == {"/valid": 1}


def test_the_time_of_the_last_use_is_kept_to_the_minute_and_never_moves_back() -> None:
    key = KeyFactory.create()
    recorded([event(key, "expired")])
    assert totals(key).last_used_at is None
    recorded([event(key, at=NOON + timedelta(seconds=119)), event(key, at=NOON)])
    assert totals(key).last_used_at == NOON + timedelta(minutes=1)
    recorded([event(key, at=NOON - DAY)])
    assert totals(key).last_used_at == NOON + timedelta(minutes=1)
    recorded([event(key, at=NOON + DAY)])
    assert totals(key).last_used_at == NOON + DAY


def test_after_two_hundred_endpoints_a_day_the_rest_is_other() -> None:
    key = KeyFactory.create()
    recorded([event(key, endpoint=f"/{number}") for number in range(150)])
    more = [event(key, endpoint=f"/{number}", at=NOON + HOUR) for number in range(100, 260)]
    recorded([*more, event(key, "expired", endpoint="/strange", at=NOON + HOUR)])
    named = {endpoint for _, endpoint, _ in buckets(key)}
    assert named == {*(f"/{number}" for number in range(200)), "other"}
    assert buckets(key)[NOON + HOUR, "other", "valid"] == (60, 60)
    assert buckets(key)[NOON + HOUR, "other", "expired"] == (1, 0)
    assert buckets(key)[NOON + HOUR, "/100", "valid"] == (1, 1)


def test_a_new_day_tells_two_hundred_others_apart_and_the_totals_do_not() -> None:
    key = KeyFactory.create()
    recorded([event(key, endpoint=f"/{number}") for number in range(201)])
    recorded([event(key, endpoint=f"/new{number}", at=NOON + DAY) for number in range(3)])
    assert buckets(key)[NOON + DAY, "/new0", "valid"] == (1, 1)
    by_endpoint = endpoints(key)
    assert len(by_endpoint) == 201
    assert by_endpoint["other"] == 1 + 3
    recorded([event(key, endpoint="/0", at=NOON + 2 * DAY)])
    assert endpoints(key)["/0"] == 2


def test_no_endpoint_and_one_called_other_take_no_place() -> None:
    key = KeyFactory.create()
    recorded([event(key), event(key, endpoint="other")])
    recorded([event(key, endpoint=f"/{number}") for number in range(200)])
    assert set(endpoints(key)) == {"", "other", *(f"/{number}" for number in range(200))}
    assert endpoints(key)["other"] == 1


def test_refused_ones_are_counted_by_tenant_reason_and_source() -> None:
    key, asker = KeyFactory.create(), TenantFactory.create()
    unknown = Event(Attempt(tenant=asker.pk, source="203.0.113.9"), Outcome.NOT_FOUND, NOON)
    recorded(
        [
            event(key, "expired", source="203.0.113.7"),
            event(key, "expired", source="2001:db8::1"),
            event(key, "revoked", source="203.0.113.7"),
            event(key, "revoked"),
            event(key, source="203.0.113.7"),
            unknown,
            unknown,
        ]
    )
    assert refused(key.tenant_id) == {
        (NOON, "expired", "203.0.113.7"): 1,
        (NOON, "expired", "2001:db8::1"): 1,
        (NOON, "revoked", "203.0.113.7"): 1,
        (NOON, "revoked", ""): 1,
    }
    assert refused(asker.pk) == {(NOON, "not_found", "203.0.113.9"): 2}


def test_after_a_thousand_sources_an_hour_the_rest_is_other() -> None:
    key = KeyFactory.create()
    tries = [event(key, "expired", source=f"10.0.{it // 256}.{it % 256}") for it in range(1002)]
    recorded(tries[:600])
    recorded([*tries[500:], event(key, "revoked", source="10.0.0.1"), event(key, "expired")])
    sources = {source for _, _, source in refused(key.tenant_id)}
    assert len(sources - {"", "other"}) == 1000
    assert refused(key.tenant_id)[NOON, "expired", "other"] == 2
    assert refused(key.tenant_id)[NOON, "revoked", "10.0.0.1"] == 1
    recorded([event(key, "expired", source="192.0.2.1", at=NOON + HOUR)])
    assert refused(key.tenant_id)[NOON + HOUR, "expired", "192.0.2.1"] == 1


def test_keys_and_tenants_that_are_gone_are_skipped() -> None:
    gone, stays = KeyFactory.create(), KeyFactory.create()
    known = [event(gone), event(gone, "expired"), event(stays)]
    gone.deleted_at = NOON
    gone.save(update_fields=["deleted_at"])
    assert purge_key(gone, NOON)
    recorded([*known, Event(Attempt(tenant=2**40), Outcome.NOT_FOUND, NOON)])
    assert totals(stays).total_requests == 1
    assert set(RefusedAttempt.objects.values_list("tenant_id", flat=True)) == {gone.tenant_id}


def test_a_deleted_key_that_can_be_restored_is_counted() -> None:
    key = KeyFactory.create()
    key.deleted_at = NOON
    key.save(update_fields=["deleted_at"])
    recorded([event(key, "not_found")])
    assert buckets(key) == {(NOON, "", "not_found"): (1, 0)}


def test_texts_that_are_too_long_for_their_columns_are_cut() -> None:
    key = KeyFactory.create()
    recorded([event(key, "expired", endpoint="/" * 500, source="f" * 500)])
    assert set(buckets(key)) == {(NOON, "/" * 128, "expired")}


def test_five_thousand_take_few_statements_and_well_under_a_second() -> None:
    keys = [KeyFactory.create() for _ in range(25)]
    outcomes = ("valid", "valid", "valid", "rate_limited")
    events = [
        event(
            keys[number % 25],
            outcomes[number % 4],
            endpoint=f"/path/{number % 40}",
            source=f"10.0.0.{number % 100}",
            at=NOON + HOUR * (number % 2),
        )
        for number in range(5000)
    ]
    recorded(events)
    with CaptureQueriesContext(connection) as queries:
        recorded(events)
    assert len(queries) < 30
    began = time.perf_counter()
    recorded(events)
    assert time.perf_counter() - began < 1
    assert sum(EndpointTotals.objects.values_list("requests", flat=True)) == 3 * 3750
