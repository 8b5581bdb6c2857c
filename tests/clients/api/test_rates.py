"""The rate limit of a client binds wherever it proves itself, one request at a time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client

from apikeys.limiters.base import EpochLost, LimiterDown
from apikeys.models import RefusedAttempt, UsageBucket
from apikeys.operations import revise_tenant
from apikeys.operations.limiting import limiter
from clients.operations import revise_client, rotate_machine_secret
from tests.clients.machines import SYSTEM, Machine, machine

pytestmark = pytest.mark.django_db

NOON = datetime(2050, 1, 1, 12, tzinfo=UTC)
HOURLY = [{"duration": "PT1H", "quota": 100}]
_browser = Client()


def limited(rate_limits: Any = None, **attributes: Any) -> Machine:
    return machine(rate_limits=rate_limits or HOURLY, **attributes)


def listed(it: Machine) -> Any:
    return _browser.get("/api/v1/clients", headers={"Authorization": f"Bearer {it.token()}"})


def token(it: Machine, **more: str) -> Any:
    proof = {"client_id": it.client_id, "client_secret": it.client_secret}
    form = urlencode({"grant_type": "client_credentials", **proof, **more})
    return _browser.post("/oauth/token", form, content_type="application/x-www-form-urlencoded")


def use_up(it: Machine, left: int = 0) -> None:
    assert {listed(it).status_code for _ in range(100 - left)} == {200}


def test_one_too_many_is_refused_and_says_until_when() -> None:
    with time_machine.travel(NOON, tick=False):
        it = limited()
        use_up(it)
        refused = listed(it)
    assert refused.status_code == 429
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "rate_limited"
    assert "client" in refused.json()["detail"]
    assert refused.headers["Retry-After"] == "36"
    assert refused.headers["RateLimit"] == '"PT1H";r=0;t=3600'
    assert refused.headers["RateLimit-Policy"] == '"PT1H";q=100'
    with time_machine.travel(NOON + timedelta(seconds=36), tick=False):
        assert [listed(it).status_code for _ in range(2)] == [200, 429]


def test_the_limit_is_one_for_tokens_secrets_and_assertions() -> None:
    with time_machine.travel(NOON, tick=False):
        it = limited()
        use_up(it, left=3)
        granted = token(it).json()["access_token"]
        bearer = {"Authorization": f"Bearer {granted}"}
        assert _browser.get("/api/v1/clients", headers=bearer).status_code == 200
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        proof = {"client_assertion_type": kind, "client_assertion": it.assertion()}
        form = urlencode({"grant_type": "client_credentials", **proof})
        answer = _browser.post("/oauth/token", form, "application/x-www-form-urlencoded")
        assert answer.status_code == 200
        refused = token(it)
        assert listed(it).status_code == 429
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "36")
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.json() == {
        "error": "temporarily_unavailable",
        "error_description": "Too many requests of this client. Slow down.",
    }


def test_a_machines_secret_counts_too() -> None:
    with time_machine.travel(NOON, tick=False):
        it = limited()
        use_up(it, left=1)
        secret = rotate_machine_secret(SYSTEM, it.client_id).reveal()
        sent = {"Authorization": f"Bearer {secret}"}
        answers = [
            _browser.post("/clerk/v1/m2m_tokens", {}, "application/json", headers=sent)
            for _ in range(2)
        ]
    assert [it.status_code for it in answers] == [201, 429]


def test_who_proves_itself_twice_in_one_request_is_counted_once() -> None:
    with time_machine.travel(NOON, tick=False):
        it = limited()
        use_up(it, left=2)
        proof = {"client_id": it.client_id, "client_secret": it.client_secret}
        form = urlencode({**proof, "token": it.token()})
        headers = {"Authorization": f"Bearer {it.token()}"}
        answer = _browser.post(
            "/oauth/introspect", form, "application/x-www-form-urlencoded", headers=headers
        )
        assert answer.json()["active"]
        assert [listed(it).status_code for _ in range(2)] == [200, 429]


def test_authress_clients_are_told_in_their_words() -> None:
    with time_machine.travel(NOON, tick=False):
        it = limited()
        use_up(it)
        headers = {"Authorization": f"Bearer {it.token()}"}
        listing = _browser.get("/v1/clients", headers=headers)
        asked = {"client_id": it.client_id, "client_secret": it.client_secret}
        path = "/api/authentication/oauth/tokens"
        tokens = _browser.post(path, json.dumps(asked), "application/json")
    for answer in (listing, tokens):
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "36")
        assert answer.json()["title"] == "Too many requests of this client. Slow down."


def test_what_is_refused_for_another_reason_costs_nothing() -> None:
    with time_machine.travel(NOON, tick=False):
        it = limited()
        use_up(it, left=1)
        headers = {"Authorization": f"Bearer {it.token()}"}
        assert _browser.get("/api/v1/tenants", headers=headers).status_code == 403
        assert listed(it).status_code == 200


@pytest.mark.parametrize(
    "unlimited", [[], [{"duration": "PT0S", "quota": 100}], [{"duration": "PT1H", "quota": None}]]
)
def test_no_duration_or_no_quota_is_no_limit(unlimited: Any) -> None:
    it = machine()
    revise_client(SYSTEM, it.client_id, rate_limits=unlimited)
    assert {listed(it).status_code for _ in range(101)} == {200}


def test_a_change_counts_at_once_and_another_duration_begins_full() -> None:
    with time_machine.travel(NOON, tick=False):
        it = limited()
        use_up(it)
        assert listed(it).status_code == 429
        revise_client(SYSTEM, it.client_id, rate_limits=[{"duration": "P1M", "quota": 100}])
        use_up(it)
        assert listed(it).headers["Retry-After"] == str(30 * 864)
        revise_client(SYSTEM, it.client_id, rate_limits=[])
        assert listed(it).status_code == 200


def test_clients_do_not_share_a_limit() -> None:
    with time_machine.travel(NOON, tick=False):
        one, other = limited(), limited()
        use_up(one)
        assert listed(other).status_code == 200


def test_it_leaves_no_usage() -> None:
    it = limited()
    assert listed(it).status_code == 200
    assert not UsageBucket.objects.exists()
    assert not RefusedAttempt.objects.exists()


@pytest.mark.parametrize(("preference", "status"), [("refuse", 503), ("allow", 200)])
def test_without_the_limiter_the_tenant_decides(
    monkeypatch: pytest.MonkeyPatch, preference: str, status: int
) -> None:
    def fail(*_: object) -> None:
        raise LimiterDown

    it, free = limited(), machine()
    revise_tenant(SYSTEM, it.client.tenant.public_id, on_limiter_loss=preference)
    monkeypatch.setattr(limiter(), "take", fail)
    answer = listed(it)
    assert answer.status_code == token(it).status_code == status
    if status == 503:
        assert (answer.json()["code"], answer.headers["Retry-After"]) == ("undetermined", "1")
        assert token(it).json()["error"] == "temporarily_unavailable"
    assert listed(free).status_code == 200


def test_a_lost_epoch_is_established(monkeypatch: pytest.MonkeyPatch) -> None:
    it, known = limited(), []

    def epoch(shard: int) -> str:
        known.append(shard)
        if len(known) == 1:
            raise EpochLost(shard)
        return "database"

    monkeypatch.setattr(limiter(), "epoch", epoch)
    assert listed(it).status_code == 200
    assert len(known) == 2
