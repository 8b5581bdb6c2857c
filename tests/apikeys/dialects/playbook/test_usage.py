"""What a key was used for, in the vendor's words."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from apikeys.models import ApiKey, Tenant
from apikeys.operations.reporting import report_usage
from tests.apikeys.dialects.playbook.speaking import KEYS, TENANT_KEYS, Speaker
from tests.apikeys.metered import NOON, event, recorded
from tests.apikeys.personas import ROOT
from tests.apikeys.reported import told
from tests.factories import KeyFactory


@pytest.fixture
def key(alices_tenant: Tenant) -> ApiKey:
    made: ApiKey = KeyFactory.create(tenant=alices_tenant.public_id)
    recorded([event(made, endpoint="/words"), event(made, endpoint="/words"), event(made)])
    failed = told(made.public_id, "2", status=500, latency_ms=41, at=NOON)
    report_usage(ROOT, [told(made.public_id, "1", latency_ms=20, at=NOON), failed], now=NOON)
    return made


def decoded(text: str) -> Any:
    return json.loads(base64.b64decode(text))


def test_usage_is_shown_with_the_key(alice: Speaker, key: ApiKey) -> None:
    shown = alice.get(f"{KEYS}/{key.number}").body["apiKey"]
    assert (shown["totalRequests"], shown["totalErrors"]) == ("3", "1")
    assert (shown["successfulRequestsCount"], shown["successRate"]) == (1, 0.5)
    assert shown["averageResponseTime"] == 30.5
    assert shown["lastUsedAt"] == "2026-03-04T12:00:00Z"
    assert decoded(shown["endpointUsageJson"]) == {"/words": 2}
    assert decoded(shown["errorRatesJson"]) == {"/words": 0.5}
    assert decoded(shown["recentErrors"]) == [
        {
            "at": "2026-03-04T12:00:00Z",
            "endpoint": "/words",
            "method": "GET",
            "status": 500,
            "latency_ms": 41,
        }
    ]


def test_a_tenants_key_tells_how_often_it_was_used(alice: Speaker, key: ApiKey) -> None:
    listed = alice.get(f"{TENANT_KEYS}/list").body["apiKeys"]
    assert [it["useCount"] for it in listed if it["id"] == str(key.number)] == [3]
