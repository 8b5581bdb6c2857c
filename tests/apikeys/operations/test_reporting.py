"""How requests went, as callers tell it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from apikeys.domain.errors import InvalidInput
from apikeys.models import ApiKey, EndpointTotals, RecentError, ReportedEvent, UsageBucket
from apikeys.operations.metering import record, standing
from apikeys.operations.reporting import Receipt, report_usage
from tests.apikeys.metered import NOON, endpoints, event, totals
from tests.apikeys.personas import ROOT, runs
from tests.apikeys.reported import told as reported_event
from tests.factories import KeyFactory, TenantFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def key() -> ApiKey:
    return KeyFactory.create()


def told(key: ApiKey, event_id: str = "1", /, **members: Any) -> dict[str, Any]:
    """One event of noon."""
    return reported_event(key.public_id, event_id, **{"at": NOON, **members})


def reported(*events: object, now: datetime = NOON, actor: Any = ROOT) -> Receipt:
    return report_usage(actor, list(events), now=now)


def rejections(receipt: Receipt) -> list[tuple[str, str]]:
    return [(it.pointer, it.code) for it in receipt.rejected]


def test_reports_move_successes_errors_latency_and_endpoints_and_nothing_else(key: ApiKey) -> None:
    receipt = reported(
        told(key, "1", status=399),
        told(key, "2", status=400, latency_ms=40),
        told(key, "3", status=503, endpoint="/other-words", latency_ms=0.6),
    )
    assert receipt == Receipt(3, 0, ())
    it = totals(key)
    assert (it.successful_requests_count, it.total_errors, it.latency_ms_sum) == (1, 2, 61)
    assert (it.total_requests, it.last_used_at) == (0, None)
    rows = EndpointTotals.objects.filter(key=key).order_by("endpoint")
    assert [(row.endpoint, row.requests, row.reported, row.errors) for row in rows] == [
        ("/other-words", 0, 1, 1),
        ("/words", 0, 2, 1),
    ]
    buckets = UsageBucket.objects.filter(key=key).order_by("endpoint")
    assert [(row.verdict, row.requests, row.errors, row.latency_ms_sum) for row in buckets] == [
        ("reported", 1, 1, 1),
        ("reported", 2, 1, 60),
    ]


def test_an_id_counts_once_also_within_one_list(key: ApiKey) -> None:
    assert reported(told(key), told(key, status=500)) == Receipt(1, 1, ())
    assert reported(told(key), told(key, "2")) == Receipt(1, 1, ())
    assert totals(key).reported == 2


def test_an_id_is_remembered_for_seven_days_and_what_is_older_is_refused(key: ApiKey) -> None:
    reported(told(key))
    late = NOON + 7 * DAY
    assert reported(told(key), now=late).duplicates == 1
    later = late + timedelta(minutes=1, microseconds=1)
    assert rejections(reported(told(key), now=later)) == [("/events/0/at", "too_old")]
    assert reported(told(key, at=later.isoformat()), now=later).accepted == 1
    assert reported(told(key, at=later.isoformat()), now=later + DAY).duplicates == 1
    assert ReportedEvent.objects.count() == 1


def test_each_tenant_has_its_own_ids(key: ApiKey) -> None:
    foreign = KeyFactory.create(tenant=TenantFactory.create().public_id)
    assert reported(told(key), told(foreign)).accepted == 2
    assert reported(told(key), told(foreign)).duplicates == 2


@pytest.mark.parametrize(
    ("members", "place", "code"),
    [
        ({"event_id": None}, "event_id", "not_text"),
        ({"event_id": ""}, "event_id", "too_short"),
        ({"event_id": "i" * 65}, "event_id", "invalid_text"),
        ({"key_id": 1}, "key_id", "not_text"),
        ({"key_id": "key_nobodys"}, "key_id", "not_found"),
        ({"endpoint": "/words?secret=1"}, "endpoint", "invalid_text"),
        ({"endpoint": "/" * 129}, "endpoint", "invalid_text"),
        ({"method": "G T"}, "method", "invalid_text"),
        ({"status": 99}, "status", "out_of_range"),
        ({"status": 600}, "status", "out_of_range"),
        ({"status": "200"}, "status", "not_integer"),
        ({"status": None}, "status", "not_integer"),
        ({"latency_ms": -1}, "latency_ms", "out_of_range"),
        ({"latency_ms": True}, "latency_ms", "not_number"),
        ({"at": "yesterday"}, "at", "not_time"),
        ({"at": (NOON - 7 * DAY - timedelta(seconds=1)).isoformat()}, "at", "too_old"),
        ({"at": (NOON + timedelta(seconds=61)).isoformat()}, "at", "in_future"),
        ({"tenant": "org_1"}, "tenant", "unknown_field"),
    ],
)
def test_a_bad_event_is_told_and_the_others_count(
    key: ApiKey, members: dict[str, Any], place: str, code: str
) -> None:
    receipt = reported(told(key, "1"), told(key, "2", **members), told(key, "3"))
    assert (receipt.accepted, receipt.duplicates) == (2, 0)
    assert rejections(receipt) == [(f"/events/1/{place}", code)]
    assert receipt.rejected[0].detail
    assert totals(key).reported == 2


def test_what_is_no_event_at_all_is_told_too(key: ApiKey) -> None:
    receipt = reported(7, told(key), None, {})
    assert rejections(receipt) == [
        ("/events/0", "not_object"),
        ("/events/2", "not_object"),
        ("/events/3/event_id", "required"),
    ]


def test_a_rejected_event_may_be_mended_and_sent_again(key: ApiKey) -> None:
    reported(told(key, status=0))
    assert reported(told(key)).accepted == 1


def test_the_edges_of_the_time_are_taken_and_no_time_is_now(key: ApiKey) -> None:
    early, ahead = NOON - 7 * DAY, NOON + timedelta(minutes=1)
    timeless = {name: it for name, it in told(key, "3").items() if name not in ("at", "method")}
    assert reported(
        told(key, "1", at=early.isoformat()), told(key, "2", at=ahead.isoformat()), timeless
    ) == Receipt(3, 0, ())


@pytest.mark.parametrize(
    ("events", "code"),
    [({}, "not_list"), (None, "not_list"), ([], "too_few"), ([{}] * 1001, "too_many")],
)
def test_what_is_no_list_of_events_is_refused_as_a_whole(events: object, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        report_usage(ROOT, events)
    assert [(it.pointer, it.code) for it in refused.value.errors] == [("/events", code)]


def test_another_tenants_key_and_a_deleted_one_are_not_found(key: ApiKey) -> None:
    charlie = runs(TenantFactory.create())
    assert rejections(reported(told(key), actor=charlie)) == [("/events/0/key_id", "not_found")]
    assert not ReportedEvent.objects.exists()
    key.deleted_at = NOON
    key.save(update_fields=["deleted_at"])
    assert rejections(reported(told(key))) == [("/events/0/key_id", "not_found")]


def test_a_revoked_key_is_still_reported_about(key: ApiKey) -> None:
    key.revoked_at = NOON
    key.save(update_fields=["revoked_at"])
    assert reported(told(key)).accepted == 1


def test_the_newest_fifty_failures_of_a_key_are_kept(key: ApiKey) -> None:
    other = KeyFactory.create()
    reported(told(other, "other", status=404))
    for offset in (0, 40):
        reported(
            *(
                told(
                    key,
                    f"{number + offset}",
                    status=500,
                    at=(NOON - timedelta(minutes=number + offset)).isoformat(),
                )
                for number in range(40)
            )
        )
    kept = RecentError.objects.filter(key=key).order_by("-at").values_list("at", flat=True)
    assert list(kept) == [NOON - timedelta(minutes=number) for number in range(50)]
    row = RecentError.objects.get(key=other)
    assert (row.endpoint, row.method, row.status, row.latency_ms) == ("/words", "GET", 404, 20)


def test_verifies_and_reports_share_the_two_hundred_endpoints_of_a_day(key: ApiKey) -> None:
    verified = [event(key, endpoint=f"/{number}") for number in range(199)]
    record(verified, standing(verified))
    reported(told(key, "1", endpoint="/0"), told(key, "2", endpoint="/a"), told(key, "3"))
    names = set(endpoints(key))
    assert names == {*(f"/{number}" for number in range(199)), "/a", "other"}
    assert EndpointTotals.objects.get(key=key, endpoint="other").reported == 1


def test_a_thousand_events_of_a_thousand_keys_are_taken_at_once(
    key: ApiKey, django_assert_max_num_queries: Any
) -> None:
    keys = [KeyFactory.create() for _ in range(20)]
    many = [told(keys[it % 20], f"{it}", endpoint=f"/{it % 7}", status=500) for it in range(1000)]
    with django_assert_max_num_queries(25):
        assert reported(*many).accepted == 1000
    with django_assert_max_num_queries(10):
        assert reported(*many).duplicates == 1000
