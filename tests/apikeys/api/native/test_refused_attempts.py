"""`GET /usage/attempts`: who was refused, why, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apikeys.domain.usage import Attempt, Event
from apikeys.models import Tenant
from tests.apikeys.metered import NOON, event, issued, recorded
from tests.calling import Caller

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def attempts(caller: Caller, **query: str) -> list[dict[str, Any]]:
    answer = caller.get("/usage/attempts", query)
    assert answer.status == 200, answer.content
    rows: list[dict[str, Any]] = answer.body["results"]
    return rows


def test_refused_verifies_are_listed_by_reason_and_source(
    alice: Caller, alices_tenant: Tenant
) -> None:
    key = issued(alice)
    unknown = Event(
        Attempt(tenant=alices_tenant.pk, source="203.0.113.9"), "not_found", NOON + HOUR
    )
    recorded([event(key, "expired", source="203.0.113.7")] * 2)
    recorded([unknown])
    assert attempts(alice) == [
        {
            "tenant": alice.tenant_id,
            "hour": "2026-03-04T13:00:00Z",
            "reason": "not_found",
            "source": "203.0.113.9",
            "attempts": 1,
        },
        {
            "tenant": alice.tenant_id,
            "hour": "2026-03-04T12:00:00Z",
            "reason": "expired",
            "source": "203.0.113.7",
            "attempts": 2,
        },
    ]


def test_attempts_are_filtered_by_time_reason_and_source(alice: Caller) -> None:
    key = issued(alice)
    recorded([event(key, "expired", source="203.0.113.7")])
    recorded([event(key, "revoked", source="203.0.113.8", at=NOON + DAY)])

    def reasons(**query: str) -> list[str]:
        return [it["reason"] for it in attempts(alice, **query)]

    assert reasons(reason="expired") == ["expired"]
    assert reasons(source="203.0.113.8") == ["revoked"]
    assert reasons(**{"from": "2026-03-04T12:59:59Z"}) == ["revoked", "expired"]
    assert reasons(**{"from": "2026-03-04T13:00:00Z"}) == ["revoked"]
    assert reasons(to="2026-03-05T12:00:00Z") == ["expired"]


def test_each_tenant_has_its_own_attempts_and_root_may_name_one(
    root: Caller, alice: Caller, charlie: Caller
) -> None:
    recorded([event(issued(it), "expired") for it in (alice, charlie)])
    assert [it["tenant"] for it in attempts(alice)] == [alice.tenant_id]
    assert len(attempts(root)) == 2
    assert [it["tenant"] for it in attempts(root, tenant=charlie.tenant_id)] == [charlie.tenant_id]
    assert attempts(charlie, tenant=alice.tenant_id) == []


def test_attempts_come_in_pages(alice: Caller) -> None:
    key = issued(alice)
    recorded([event(key, "expired", source=f"203.0.113.{number}") for number in range(3)])
    first = alice.get("/usage/attempts", {"limit": 2}).body
    second = alice.get(first["next"]).body
    assert [len(first["results"]), len(second["results"])] == [2, 1]


@pytest.mark.parametrize(
    "query",
    [
        {"reason": "valid"},
        {"reason": "eaten"},
        {"from": "yesterday"},
        {"to": ""},
        {"source": "\0"},
        {"key": "key_1"},
        {"limit": "101"},
    ],
)
def test_unknown_filters_and_impossible_values_are_errors(
    alice: Caller, query: dict[str, str]
) -> None:
    assert alice.get("/usage/attempts", query).status == 400
