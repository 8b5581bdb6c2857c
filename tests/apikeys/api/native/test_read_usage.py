"""`GET /api_keys/{id}/usage`: how a key was used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apikeys.models import ApiKey
from apikeys.operations.reaching import utc_now
from tests.apikeys.metered import NOON, event, issued, recorded
from tests.apikeys.reported import told
from tests.calling import Answer, Caller

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MARCH = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
NOTHING = {
    "requests": 0,
    "refused": 0,
    "by_verdict": {},
    "cost": 0,
    "reported": 0,
    "errors": 0,
    "success_rate": None,
    "average_latency_ms": None,
}


def usage(caller: Caller, key: ApiKey, **query: str) -> Answer:
    return caller.get(f"/api_keys/{key.public_id}/usage", {**MARCH, **query})


def used(key: ApiKey) -> None:
    """Four verifies and a refused one at two endpoints, on two days of March."""
    recorded(
        [
            event(key, endpoint="/a", cost=3),
            event(key, endpoint="/a"),
            event(key, at=NOON + DAY, endpoint="/b"),
            event(key, at=NOON + DAY + HOUR),
            event(key, "rate_limited", endpoint="/b"),
        ]
    )


def test_it_is_rolled_up_by_day_by_endpoint_and_by_verdict(alice: Caller) -> None:
    key = issued(alice, cost_per_request="0.0025")
    used(key)
    body = usage(alice, key).body
    assert (body["key_id"], body["interval"]) == (key.public_id, "day")
    assert (body["from"], body["to"]) == (MARCH["from"], MARCH["to"])
    assert body["totals"] == {
        **NOTHING,
        "requests": 4,
        "refused": 1,
        "by_verdict": {"valid": 4, "rate_limited": 1},
        "cost": 6,
        "amount": "0.01",
    }
    days = {it.pop("start"): it for it in body["intervals"]}
    assert len(days) == 31
    assert days["2026-03-04T00:00:00Z"] == {
        **NOTHING,
        "requests": 2,
        "refused": 1,
        "by_verdict": {"valid": 2, "rate_limited": 1},
        "cost": 4,
    }
    assert days["2026-03-05T00:00:00Z"]["requests"] == 2
    assert days["2026-03-06T00:00:00Z"] == NOTHING
    told_of = [(it["endpoint"], it["requests"], it["refused"]) for it in body["endpoints"]]
    assert told_of == [("/a", 2, 0), ("/b", 1, 1), ("", 1, 0)]


@pytest.mark.parametrize(
    ("interval", "starts"),
    [
        ("hour", {"2026-03-04T12:00:00Z": 2, "2026-03-05T12:00:00Z": 1, "2026-03-05T13:00:00Z": 1}),
        ("day", {"2026-03-04T00:00:00Z": 2, "2026-03-05T00:00:00Z": 2}),
        ("month", {"2026-03-01T00:00:00Z": 4}),
    ],
)
def test_the_interval_is_an_hour_a_day_or_a_month_of_utc(
    alice: Caller, interval: str, starts: dict[str, int]
) -> None:
    key = issued(alice)
    used(key)
    body = usage(alice, key, interval=interval).body
    found = {it["start"]: it["requests"] for it in body["intervals"] if it["requests"]}
    assert found == starts
    assert body["totals"]["amount"] is None


def test_reported_outcomes_have_their_errors_and_their_latency(alice: Caller) -> None:
    key = issued(alice)
    now = utc_now()
    events = [
        told(key.public_id, "1", latency_ms=10, at=now),
        told(key.public_id, "2", latency_ms=21, status=500, at=now),
        told(key.public_id, "3", latency_ms=1, endpoint="/b", at=now),
    ]
    assert alice.post("/usage", {"events": events}).status == 202
    body = alice.get(f"/api_keys/{key.public_id}/usage").body
    outcome = {"reported": 3, "errors": 1, "success_rate": 0.666667, "average_latency_ms": 10.667}
    assert body["totals"] == {**NOTHING, **outcome, "amount": None}
    assert [it for it in body["intervals"] if it["reported"]] == [
        {"start": body["intervals"][-1]["start"], **NOTHING, **outcome}
    ]
    words = {"endpoint": "/words", "reported": 2, "errors": 1, "success_rate": 0.5}
    assert body["endpoints"][0] == {**NOTHING, **words, "average_latency_ms": 15.5}


def test_by_default_it_tells_of_the_last_thirty_days(alice: Caller) -> None:
    key = issued(alice)
    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    recorded([event(key, at=today - 29 * DAY), event(key, at=today - 29 * DAY - HOUR)])
    body = alice.get(f"/api_keys/{key.public_id}/usage").body
    assert len(body["intervals"]) == 30
    assert body["totals"]["requests"] == 1
    assert body["to"] == (today + DAY).isoformat().replace("+00:00", "Z")


def test_a_range_is_widened_to_whole_intervals_and_says_so(alice: Caller) -> None:
    key = issued(alice)
    used(key)
    query = {"from": "2026-03-04T20:00:00+02:00", "to": "2026-03-05T00:30:00Z"}
    body = usage(alice, key, **query).body
    assert (body["from"], body["to"]) == ("2026-03-04T00:00:00Z", "2026-03-06T00:00:00Z")
    assert [it["requests"] for it in body["intervals"]] == [2, 2]
    months = usage(alice, key, **query, interval="month").body
    assert (months["from"], months["to"]) == (MARCH["from"], MARCH["to"])


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ({"from": "yesterday"}, "/from", "not_time"),
        ({"from": "2026-04-01T00:00:00Z"}, "/to", "empty_range"),
        ({"from": "2026-05-01T00:00:00Z"}, "/to", "empty_range"),
        ({"interval": "week"}, "/interval", "unknown_choice"),
        ({"from": "2026-01-01T00:00:00Z", "interval": "hour"}, "/from", "range_too_long"),
        ({"from": "1970-01-01T00:00:00Z"}, "/from", "range_too_long"),
        ({"to": "9998-12-31T23:59:59Z", "interval": "month"}, "/from", "range_too_long"),
        ({"endpoint": "/a"}, "/endpoint", "unknown_parameter"),
        ({"limit": "5"}, "/limit", "unknown_parameter"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    alice: Caller, query: dict[str, str], pointer: str, code: str
) -> None:
    answer = usage(alice, issued(alice), **query)
    assert (answer.status, answer.errors) == (400, {(pointer, code)})


def test_a_start_in_the_future_is_an_empty_range(alice: Caller) -> None:
    ahead = (utc_now() + DAY).isoformat()
    path = f"/api_keys/{issued(alice).public_id}/usage"
    assert alice.get(path, {"from": ahead}).errors == {("/from", "empty_range")}


def test_a_thousand_hours_are_told_and_one_more_is_too_long(alice: Caller) -> None:
    key, end = issued(alice), datetime(2026, 3, 1, tzinfo=UTC)
    for hours, status in ((1000, 200), (1001, 400)):
        query = {"from": (end - hours * HOUR).isoformat(), "to": end.isoformat()}
        assert usage(alice, key, **query, interval="hour").status == status


def test_of_many_endpoints_two_hundred_are_told_and_the_rest_together(alice: Caller) -> None:
    key = issued(alice)
    recorded([event(key, endpoint=f"/{number}") for number in range(200)] * 2)
    recorded([event(key, at=NOON + DAY, endpoint=f"/new/{number}") for number in range(150)])
    told_of = usage(alice, key).body["endpoints"]
    assert len(told_of) == 201
    assert (told_of[-1]["endpoint"], told_of[-1]["requests"]) == ("other", 150)


def test_money_is_exact_to_the_last_digit(alice: Caller) -> None:
    key = issued(alice, cost_per_request="999999999999.12345678")
    recorded([event(key)] * 1007)
    assert usage(alice, key).body["totals"]["amount"] == "1006999999999117.32097746"


def test_the_number_of_queries_does_not_grow_with_the_range(
    alice: Caller, django_assert_max_num_queries: Any
) -> None:
    key = issued(alice)
    used(key)
    with django_assert_max_num_queries(10):  # of them 5 judge and count the caller
        assert usage(alice, key, interval="hour").status == 200


def test_another_tenants_key_and_a_deleted_one_are_missing(
    root: Caller, alice: Caller, charlie: Caller
) -> None:
    key = issued(alice)
    foreign, missing = (
        charlie.get(f"/api_keys/{it}/usage", x_request_id="same-for-both")
        for it in (key.public_id, "key_" + "0" * 32)
    )
    assert foreign == missing
    assert foreign.status == 404
    assert usage(root, key).status == 200
    alice.delete(f"/api_keys/{key.public_id}")
    assert usage(alice, key).status == 404


def test_reading_needs_its_own_scope(alice: Caller) -> None:
    key = issued(alice)
    for scopes, status in ((["api_keys:read", "usage:write"], 403), (["usage:read"], 200)):
        reader = Caller(alice.issue(key_type="management", scopes=scopes)["secret"])
        assert usage(reader, key).status == status
        assert reader.get("/usage/attempts").status == status
