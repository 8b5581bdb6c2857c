"""`POST /usage`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apikeys.models import UsageBucket
from apikeys.operations.reaching import utc_now
from tests.apikeys.reported import told
from tests.calling import Answer, Caller

NOTHING = {"accepted": 0, "duplicates": 0, "rejected": []}


def report(caller: Caller, *events: object, **fields: str) -> Answer:
    return caller.post("/usage", {"events": list(events)}, **fields)


def read(caller: Caller, key_id: str) -> dict[str, Any]:
    key: dict[str, Any] = caller.get(f"/api_keys/{key_id}").body
    return key


def test_reported_outcomes_are_counted_and_shown_with_the_key(alice: Caller) -> None:
    key_id = alice.issue()["id"]
    latest = utc_now()
    answer = report(
        alice,
        told(key_id, "1", latency_ms=10),
        told(key_id, "2", latency_ms=20),
        told(key_id, "3", status=404, latency_ms=33, at=latest - timedelta(minutes=1)),
        told(key_id, "4", status=500, endpoint="/b", method="POST", latency_ms=5, at=latest),
        told(key_id, "5", endpoint=None),
    )
    assert (answer.status, answer.body) == (202, {**NOTHING, "accepted": 5})
    key = read(alice, key_id)
    counted = {
        "successful_requests_count": 3,
        "total_errors": 2,
        "total_requests": 0,
        "success_rate": 0.6,
        "average_response_time": 17.6,
        "endpoint_usage": {"/b": 0, "/words": 0},
        "error_rates": {"/b": 1.0, "/words": 0.333333},
        "last_used_at": None,
    }
    assert {name: key[name] for name in counted} == counted
    newest, before = key["recent_errors"]
    assert newest == {
        "at": latest.isoformat().replace("+00:00", "Z"),
        "endpoint": "/b",
        "method": "POST",
        "status": 500,
        "latency_ms": 5,
    }
    assert (before["status"], before["endpoint"]) == (404, "/words")


def test_ten_errors_are_shown_newest_first(alice: Caller) -> None:
    key_id, now = alice.issue()["id"], utc_now()
    events = [
        told(key_id, f"{it}", status=400 + it, at=now - timedelta(minutes=it)) for it in range(12)
    ]
    report(alice, *events)
    statuses = [it["status"] for it in read(alice, key_id)["recent_errors"]]
    assert statuses == list(range(400, 410))
    listed = alice.get("/api_keys").body["results"]
    assert [it["recent_errors"] for it in listed if it["id"] == key_id] == [
        read(alice, key_id)["recent_errors"]
    ]


def test_what_was_sent_before_is_a_duplicate(alice: Caller) -> None:
    event = told(alice.issue()["id"])
    assert report(alice, event).body["accepted"] == 1
    assert report(alice, event, event).body == {**NOTHING, "duplicates": 2}


def test_each_bad_event_is_told_with_its_place_and_the_rest_counts(alice: Caller) -> None:
    key_id = alice.issue()["id"]
    answer = report(
        alice,
        told(key_id, "1"),
        told(key_id, "2", status=1000),
        told("key_" + "0" * 32, "3"),
        told(key_id, "4", at=utc_now() - timedelta(days=8)),
        told(key_id, "5", whatever=1),
        [],
        told(key_id, "6"),
    )
    assert answer.status == 202
    assert (answer.body["accepted"], answer.body["duplicates"]) == (2, 0)
    assert [(it["pointer"], it["code"]) for it in answer.body["rejected"]] == [
        ("/events/1/status", "out_of_range"),
        ("/events/2/key_id", "not_found"),
        ("/events/3/at", "too_old"),
        ("/events/4/whatever", "unknown_field"),
        ("/events/5", "not_object"),
    ]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/events", "not_list"),
        ({"events": {}}, "/events", "not_list"),
        ({"events": []}, "/events", "too_few"),
        ({"events": [{}] * 1001}, "/events", "too_many"),
        ({"events": [{}], "more": 1}, "/more", "unknown_field"),
    ],
)
def test_a_body_without_a_list_of_events_is_refused(
    alice: Caller, body: object, pointer: str, code: str
) -> None:
    answer = alice.post("/usage", body)
    assert (answer.status, answer.errors) == (400, {(pointer, code)})


def test_a_thousand_events_with_all_their_members_fit_into_one_body(alice: Caller) -> None:
    key_id = alice.issue()["id"]
    events = [told(key_id, f"{it:036}", endpoint=f"/words/{it % 100}") for it in range(1000)]
    assert report(alice, *events).body == {**NOTHING, "accepted": 1000}


def test_a_body_of_more_than_256_kib_is_too_large(alice: Caller) -> None:
    answer = report(alice, {"event_id": "i" * 262_144})
    assert (answer.status, answer.code) == (413, "body_too_large")


def test_nobody_reports_about_another_tenants_keys(alice: Caller, charlie: Caller) -> None:
    key_id = alice.issue()["id"]
    foreign, missing = (
        report(charlie, told(it), x_request_id="same-for-both") for it in (key_id, "key_nobodys")
    )
    assert foreign == missing
    assert foreign.body["rejected"][0]["code"] == "not_found"
    assert not UsageBucket.objects.filter(key__public_id=key_id).exists()


def test_root_reports_about_all_and_ids_are_of_the_tenants_of_the_keys(
    root: Caller, alice: Caller, charlie: Caller
) -> None:
    hers, his = alice.issue()["id"], charlie.issue()["id"]
    assert report(root, told(hers), told(his)).body["accepted"] == 2
    assert report(charlie, told(his)).body["duplicates"] == 1


def test_it_needs_its_own_scope(alice: Caller) -> None:
    key_id = alice.issue()["id"]
    for scopes, status in ((["usage:read", "api_keys:write"], 403), (["usage:write"], 202)):
        maker = Caller(alice.issue(key_type="management", scopes=scopes)["secret"])
        assert report(maker, told(key_id)).status == status


def test_an_idempotency_key_gives_the_first_answer_again(alice: Caller) -> None:
    key_id = alice.issue()["id"]
    events = (told(key_id, "1"), told(key_id, "2", status=0))
    first = report(alice, *events, idempotency_key="once")
    again = report(alice, *events, idempotency_key="once")
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert report(alice, told(key_id, "3"), idempotency_key="once").status == 422
    assert read(alice, key_id)["successful_requests_count"] == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_reports_can_only_be_posted(alice: Caller, method: str) -> None:
    assert alice.call(method, "/usage").status == 405
