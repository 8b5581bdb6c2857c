"""`GET /audit_events`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apikeys.models import AuditEvent
from apikeys.operations.reaching import utc_now
from tests.calling import Answer, Caller

SHOWN = {
    "id",
    "tenant",
    "sequence",
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "object_type",
    "object_id",
    "reason",
    "changes",
    "ip",
    "request_id",
    "previous_mac",
    "mac",
}


def events(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.content
    rows: list[dict[str, Any]] = answer.body["results"]
    return rows


def test_events_are_listed_newest_first_with_who_what_and_where_from(
    alice: Caller, bob: Caller
) -> None:
    issued = alice.issue()
    alice.post(f"/api_keys/{issued['id']}/revoke", {"reason": "leaked"}, x_request_id="trace-123")
    newest, issuing, *_ = events(bob.get("/audit_events"))
    assert newest.keys() == SHOWN
    assert newest["id"].startswith("evt_")
    told = {name: newest[name] for name in SHOWN - {"id", "at", "sequence", "previous_mac", "mac"}}
    assert told == {
        "tenant": alice.tenant_id,
        "action": "key.revoked",
        "actor_kind": "management_key",
        "actor_id": alice.key_id,
        "object_type": "api_key",
        "object_id": issued["id"],
        "reason": "leaked",
        "changes": {},
        "ip": "127.0.0.1",
        "request_id": "trace-123",
    }
    assert newest["sequence"] == issuing["sequence"] + 1
    assert newest["previous_mac"] == issuing["mac"]


def test_each_tenant_has_its_own_trail(root: Caller, alice: Caller, charlie: Caller) -> None:
    alice.issue()
    assert {it["tenant"] for it in events(alice.get("/audit_events"))} == {alice.tenant_id}
    assert {it["tenant"] for it in events(charlie.get("/audit_events"))} == {charlie.tenant_id}
    everybodys = {it["tenant"] for it in events(root.get("/audit_events"))}
    assert everybodys == {root.tenant_id, alice.tenant_id, charlie.tenant_id}


def test_the_root_key_may_name_a_tenant_and_others_find_nothing_behind_a_name(
    root: Caller, alice: Caller, charlie: Caller
) -> None:
    query = {"tenant": alice.tenant_id}
    assert {it["tenant"] for it in events(root.get("/audit_events", query))} == {alice.tenant_id}
    assert events(charlie.get("/audit_events", query)) == []


def test_what_root_does_in_a_tenant_is_in_the_tenants_trail(root: Caller, alice: Caller) -> None:
    root.post(f"/api_keys/{alice.issue()['id']}/disable")
    assert events(alice.get("/audit_events"))[0]["actor_id"] == root.key_id


def test_it_is_filtered_by_action_actor_object_request_and_time(alice: Caller) -> None:
    issued = alice.post("/api_keys", {"name": "a"}, x_request_id="trace-123").body
    alice.post(f"/api_keys/{issued['id']}/disable")

    def actions(**query: str) -> list[str]:
        return [it["action"] for it in events(alice.get("/audit_events", query))]

    assert actions(action="key.disabled") == ["key.disabled"]
    assert actions(actor=alice.key_id) == ["key.disabled", "key.issued"]
    assert actions(object=issued["id"]) == ["key.disabled", "key.issued"]
    assert actions(request_id="trace-123") == ["key.issued"]
    ahead = (utc_now() + timedelta(hours=1)).isoformat()
    assert actions(since=ahead) == []
    assert actions(until=ahead) == actions()


@pytest.mark.parametrize(
    "query", [{"action": "key.eaten"}, {"since": "yesterday"}, {"id": "evt_1"}, {"limit": "1000"}]
)
def test_unknown_filters_and_impossible_values_are_errors(
    alice: Caller, query: dict[str, str]
) -> None:
    assert alice.get("/audit_events", query).status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_can_only_be_read(alice: Caller, method: str) -> None:
    count = AuditEvent.objects.count()
    answer = alice.call(method, "/audit_events", {})
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert AuditEvent.objects.count() == count


def test_it_needs_its_own_scope(alice: Caller) -> None:
    reader = alice.issue(key_type="management", scopes=["api_keys:read", "tenants:read"])
    answer = Caller(reader["secret"]).get("/audit_events")
    assert (answer.status, answer.code) == (403, "insufficient_scope")
