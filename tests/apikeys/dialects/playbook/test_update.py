"""Update: partial, by what the vendor's values mean here. What it cannot say is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.dialects.playbook import serving
from apikeys.dialects.playbook.reading import changes
from apikeys.models import Tenant
from apikeys.operations import Actor, disable_key, revise_key, revoke_key
from tests.apikeys.dialects.playbook.conftest import holder
from tests.apikeys.dialects.playbook.speaking import (
    KEYS,
    TENANT_KEYS,
    Speaker,
    stored,
    violations,
)
from tests.calling import Caller
from tests.factories import KeyFactory

SYSTEM = Actor.system("tests")


@pytest.mark.parametrize(
    ("members", "attribute", "value"),
    [
        ({"name": "new"}, "name", "new"),
        ({"description": "d"}, "description", "d"),
        ({"scopes": ["leads:read"]}, "scopes", ["leads:read"]),
        ({"tags": ["a"]}, "tags", ["a"]),
        ({"expiresAt": "2090-01-01T00:00:00Z"}, "expires_at", "2090-01-01T00:00:00Z"),
        ({"allowedIps": ["10.0.0.1"]}, "allowed_ips", ["10.0.0.1"]),
        ({"allowed_domains": ["A.example.com"]}, "allowed_domains", ["a.example.com"]),
        ({"requestsPerSecond": 5}, "requests_per_second", 5),
        ({"rateLimit": 6}, "requests_per_minute", 6),
        ({"monthlyRequestQuota": "70"}, "monthly_request_quota", 70),
        ({"monthlyRequestQuota": 70}, "monthly_request_quota", 70),
        ({"costPerRequest": 0.0025}, "cost_per_request", "0.0025"),
        ({"billingTier": "gold"}, "billing_tier", "gold"),
        ({"quotaAlertThreshold": 0.5}, "quota_alert_threshold", 0.5),
        ({"enforceHttps": True}, "enforce_https", True),
        ({"metadataJson": "eyJhIjoxfQ=="}, "metadata", {"a": 1}),
        ({"lastSecurityReviewAt": "2026-01-01T00:00:00Z"}, "last_security_review_at", None),
        ({"webhookUrl": "https://hooks.example.com/"}, "webhook_url", "https://hooks.example.com/"),
    ],
)
def test_a_member_sets_its_attribute(
    root: Speaker, members: dict[str, object], attribute: str, value: Any
) -> None:
    key = KeyFactory.create()
    root.changed(str(key.number), **members)
    native = Caller(root.secret).get(f"/api_keys/{key.public_id}").body[attribute]
    assert native == (value if value is not None else next(iter(members.values())))


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("allowedIps", "allowed_ips"),
        ("allowedDomains", "allowed_domains"),
        ("allowedEnvironments", "allowed_environments"),
        ("allowedSignatureAlgorithms", "allowed_signature_algorithms"),
    ],
)
def test_an_empty_list_takes_a_rule_away(
    alice: Speaker, alices_tenant: Tenant, name: str, attribute: str
) -> None:
    rules = {"allowed_ips": ["10.0.0.1"], "allowed_domains": ["a.example.com"]}
    more = {"allowed_environments": ["live"], "allowed_signature_algorithms": ["ed25519"]}
    key = KeyFactory.create(tenant=alices_tenant.public_id, **rules, **more)
    assert alice.changed(str(key.number), **{name: []})[name] == []
    assert getattr(stored(key.number).policy, attribute) is None


def test_a_rule_that_allows_nothing_is_neither_shown_as_none_nor_opened(
    alice: Speaker, alices_tenant: Tenant
) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id, allowed_ips=[])
    assert alice.key(key.number)["allowedIps"] is None
    assert alice.key(key.number, TENANT_KEYS)["allowedIps"] is None
    alice.changed(str(key.number), allowedIps=None, name="n")
    assert stored(key.number).policy.allowed_ips == []
    alice.changed(str(key.number), allowedIps=["10.0.0.1"])
    assert stored(key.number).policy.allowed_ips == ["10.0.0.1"]


def test_an_empty_text_takes_a_text_away(alice: Speaker, alices_tenant: Tenant) -> None:
    texts = {"billing_tier": "gold", "webhook_url": "https://hooks.example.com/"}
    key = KeyFactory.create(tenant=alices_tenant.public_id, description="d", **texts)
    changed = alice.changed(str(key.number), billingTier="", webhookUrl="", description="")
    assert (changed["billingTier"], changed["webhookUrl"]) == (None, None)
    assert changed["description"] == ""


@pytest.mark.parametrize(
    "name", ["requestsPerSecond", "requestsPerDay", "concurrentRequests", "rateLimit", "maxUses"]
)
def test_zero_is_no_limit_and_not_none(alice: Speaker, name: str) -> None:
    key_id = alice.made(**{name: 7})["id"]
    assert violations(alice.put(KEYS, id=key_id, **{name: 0})) == {(name, "out_of_range")}
    assert alice.key(key_id)[name] == 7
    assert alice.changed(key_id, **{name: None})[name] == 7


def test_a_limit_of_zero_is_shown_and_can_be_raised(alice: Speaker, alices_tenant: Tenant) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id, requests_per_second=0)
    assert alice.key(key.number)["requestsPerSecond"] == 0
    assert alice.changed(str(key.number), requestsPerSecond=0)["requestsPerSecond"] == 0
    assert alice.changed(str(key.number), requestsPerSecond=3)["requestsPerSecond"] == 3


def test_what_the_service_keeps_is_ignored(alice: Speaker) -> None:
    made = alice.made()
    kept = {"keyHash": "x", "keyPrefix": 1, "totalRequests": "9", "createdAt": "never"}
    more = {"encrypted": True, "isTestKey": True, "lastRotationDate": 5, "deletedAt": "now"}
    changed = alice.changed(made["id"], **kept, **more)
    assert changed == made["apiKey"]


@pytest.mark.parametrize("hold", [None, "disabled", "suspended", "maintenance"])
@pytest.mark.parametrize("sent", [{}, {"status": "STATUS_UNSPECIFIED"}, {"status": None}])
def test_an_unspecified_status_is_no_status(
    alice: Speaker, alices_tenant: Tenant, hold: str | None, sent: dict[str, object]
) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id, hold=hold)
    alice.changed(str(key.number), name="n", **sent)
    assert stored(key.number).hold == hold


@pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])
@pytest.mark.parametrize(
    ("word", "hold"),
    [
        ("STATUS_SUSPENDED", "suspended"),
        ("STATUS_PENDING_VERIFICATION", "pending_verification"),
        ("STATUS_PENDING_REVIEW", "pending_review"),
        ("STATUS_DEPRECATED", "deprecated"),
        ("STATUS_MAINTENANCE", "maintenance"),
    ],
)
def test_a_status_is_a_hold_and_active_is_none(
    alice: Speaker, at: str, word: str, hold: str
) -> None:
    key_id = alice.made()["id"]
    assert alice.changed(key_id, at, status=word)["status"] == word
    assert stored(key_id).hold == hold
    assert alice.changed(key_id, at, status="STATUS_ACTIVE")["status"] == "STATUS_ACTIVE"
    assert stored(key_id).hold is None


@pytest.mark.parametrize("word", ["STATUS_REVOKED", "STATUS_EXPIRED", "STATUS_RATE_LIMITED"])
def test_some_are_no_status_to_be_set(alice: Speaker, word: str) -> None:
    key_id = alice.made()["id"]
    answer = alice.put(KEYS, id=key_id, status=word, name="not written")
    assert violations(answer) == {("status", "not_settable")}
    assert alice.key(key_id)["name"] == "made"


@pytest.mark.parametrize("value", ["ACTIVE", "status_active", 1, ["STATUS_ACTIVE"], ""])
def test_a_status_is_one_of_the_words(alice: Speaker, value: object) -> None:
    answer = alice.put(KEYS, id=alice.made()["id"], status=value)
    assert violations(answer) == {("status", "unknown_choice")}


def test_a_disabled_key_is_suspended_and_stays_disabled(
    alice: Speaker, alices_tenant: Tenant
) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id)
    disable_key(SYSTEM, key.public_id)
    assert alice.changed(str(key.number), status="STATUS_SUSPENDED")["status"] == "STATUS_SUSPENDED"
    assert stored(key.number).hold == "disabled"
    writer = holder(alices_tenant, "api_keys:read", "api_keys:write")
    refused = writer.put(KEYS, id=str(key.number), status="STATUS_ACTIVE")
    assert (refused.status, refused.body["requiredPermissions"]) == (403, ["api_keys:revoke"])
    assert alice.changed(str(key.number), status="STATUS_ACTIVE")["status"] == "STATUS_ACTIVE"


def test_a_revoked_key_is_shown_and_no_longer_changed(
    alice: Speaker, alices_tenant: Tenant
) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id)
    revoke_key(SYSTEM, key.public_id)
    assert alice.key(key.number)["status"] == "STATUS_REVOKED"
    answer = alice.put(KEYS, id=str(key.number), name="n")
    assert (answer.status, answer.body["conflictInfo"]["conflictReason"]) == (409, "key_revoked")


def test_a_client_secret_is_shown_by_the_change_that_asks_for_one(alice: Speaker) -> None:
    key_id = alice.made()["id"]
    answer = alice.put(KEYS, id=key_id, requiresClientSecret=True)
    assert answer.body.keys() == {"apiKey", "clientSecret"}
    assert alice.put(KEYS, id=key_id, requiresClientSecret=True).body.keys() == {"apiKey"}
    assert alice.changed(key_id, requiresClientSecret=False)["clientSecretHash"] is None


def test_the_tenant_model_keeps_the_scopes_it_cannot_show(
    alice: Speaker, alices_tenant: Tenant
) -> None:
    read, write = "TENANT_API_KEY_SCOPE_READ_JOBS", "TENANT_API_KEY_SCOPE_WRITE_JOBS"
    key = KeyFactory.create(tenant=alices_tenant.public_id, scopes=["leads:read", read])
    assert alice.key(key.number, TENANT_KEYS)["scopes"] == [read]
    assert alice.key(key.number)["scopes"] == ["leads:read", read]
    alice.changed(str(key.number), TENANT_KEYS, scopes=[write])
    assert stored(key.number).scopes == ["leads:read", write]
    alice.changed(str(key.number), TENANT_KEYS, scopes=[])
    assert stored(key.number).scopes == ["leads:read"]


def test_a_change_meanwhile_is_not_undone(
    alice: Speaker, alices_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign scope that is taken away between reading and writing does not come back."""
    key = KeyFactory.create(tenant=alices_tenant.public_id, scopes=["foreign"])
    times: list[int] = []

    def slow(*arguments: Any) -> dict[str, Any]:
        found = changes(*arguments)
        if not times:
            revise_key(SYSTEM, key.public_id, scopes=[])
        times.append(1)
        return found

    monkeypatch.setattr(serving, "changes", slow)
    alice.changed(str(key.number), TENANT_KEYS, scopes=["TENANT_API_KEY_SCOPE_ADMIN"])
    assert stored(key.number).scopes == ["TENANT_API_KEY_SCOPE_ADMIN"]
    assert len(times) == 2


def test_the_last_who_may_do_everything_stays(root: Speaker, root_number: int) -> None:
    suspend = root.put(KEYS, id=str(root_number), status="STATUS_SUSPENDED")
    delete = root.delete(f"{KEYS}/{root_number}")
    assert (suspend.status, delete.status) == (409, 409)
    assert delete.body["conflictInfo"]["conflictReason"] == "last_root_credential"


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "apiKey", "required"),
        ({"apiKey": {"name": "n"}}, "id", "required"),
        ({"apiKey": {"id": None, "name": "n"}}, "id", "required"),
        ({"apiKey": {"id": [], "name": "n"}}, "id", "not_integer"),
        ({"apiKey": {"id": "1", "nick": "n"}}, "nick", "unknown_field"),
        ({"apiKey": {"id": "1"}, "api_key": {"id": "2"}}, "apiKey", "conflict"),
        ({"id": "1", "name": "n"}, "id", "unknown_field"),
    ],
)
def test_a_bad_envelope(alice: Speaker, body: object, field: str, rule: str) -> None:
    answer = alice.call("PUT", KEYS, body)
    assert answer.status == 400
    assert (field, rule) in violations(answer)


def test_an_empty_name_is_refused(alice: Speaker) -> None:
    key_id = alice.made()["id"]
    for at in (KEYS, TENANT_KEYS):
        answer = alice.put(at, id=key_id, name="")
        assert (answer.body["code"], violations(answer)) == (
            "FIELD_TOO_SHORT",
            {("name", "too_short")},
        )


def test_what_was_read_before_a_hold_does_not_lift_it(root: Speaker) -> None:
    key = KeyFactory.create()
    read = root.changed(str(key.number), description="before")
    revise_key(SYSTEM, key.public_id, hold="suspended")
    assert root.put(KEYS, **{**read, "description": "after"}).status == 412
    assert stored(key.number).hold == "suspended"
    fresh = root.changed(str(key.number), description="after")
    assert root.put(KEYS, **{**fresh, "status": "STATUS_ACTIVE"}).status == 200
    assert stored(key.number).hold is None
