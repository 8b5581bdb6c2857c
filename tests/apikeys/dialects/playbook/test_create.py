"""Create: the members of the vendor's request, its answer, and what is refused."""

from __future__ import annotations

import base64
import json

import pytest

from apikeys.dialects.playbook.wire import API_KEY
from apikeys.models import ApiKey, AuditEvent, Tenant
from tests.apikeys.dialects.playbook.speaking import (
    FULLWIDTH_ONE,
    KEYS,
    TENANT_KEYS,
    Speaker,
    stored,
    violations,
)
from tests.calling import Caller


def test_a_name_is_enough(alice: Speaker) -> None:
    answer = alice.post(KEYS, {"name": "n"})
    assert answer.body.keys() == {"apiKey", "keyValue"}
    assert answer.body["apiKey"].keys() == {member.name for member in API_KEY}
    assert Caller(alice.secret).verify(answer.body["keyValue"])["valid"]


def test_the_answer_has_the_types_of_the_vendor(alice: Speaker) -> None:
    made = alice.post(KEYS, {"name": "n"}).body
    key = made["apiKey"]
    assert key["id"] == str(ApiKey.objects.get(name="n").number)
    assert key["keyPrefix"] == made["keyValue"][:8]
    assert len(key["keyHash"]) == 64
    assert key["status"] == "STATUS_ACTIVE"
    assert key["totalRequests"] == key["totalErrors"] == "0"
    assert key["successfulRequestsCount"] == 0
    assert key["createdAt"].endswith("Z")
    assert key["allowedIps"] == key["allowedDomains"] == key["scopes"] == []
    assert key["requestsPerSecond"] is key["monthlyRequestQuota"] is key["deletedAt"] is None
    assert base64.b64decode(key["metadataJson"]) == b"{}"
    assert base64.b64decode(key["recentErrors"]) == b"[]"
    assert key["isTestKey"] is key["encrypted"] is False


def test_every_member_of_the_vendors_request(alice: Speaker) -> None:
    sent = {
        "name": "n",
        "description": "d",
        "scopes": ["leads:read"],
        "expiresAt": "2090-01-01T00:00:00+00:00",
        "maxUses": 5,
        "allowedIps": ["10.0.0.0/8"],
        "rateLimit": 60,
        "enforceSigning": True,
        "allowedSignatureAlgorithms": ["ed25519"],
        "enforceMutualTls": True,
        "alertEmails": ["ops@example.com"],
        "alertOnQuotaThreshold": True,
        "quotaAlertThreshold": 0.9,
    }
    owners = {"organizationId": "1", "tenantId": "2", "workspaceId": "3", "accountId": "4"}
    key = alice.made(**sent, **owners)
    assert {name: key[name] for name in sent} == {**sent, "expiresAt": "2090-01-01T00:00:00Z"}
    row = stored(key["id"])
    assert (row.subject, row.limits.requests_per_minute) == ("workspace:3", 60)


def test_snake_case_is_read_too(alice: Speaker) -> None:
    key = alice.made(allowed_ips=["10.0.0.0/8"], max_uses=3, workspace_id="9")
    assert (key["allowedIps"], key["maxUses"]) == (["10.0.0.0/8"], 3)
    assert stored(key["id"]).subject == "workspace:9"


def test_both_spellings_must_agree(alice: Speaker) -> None:
    assert alice.made(maxUses=3, max_uses=3)["maxUses"] == 3
    answer = alice.post(KEYS, {"name": "n", "maxUses": 1, "max_uses": True})
    assert violations(answer) == {("maxUses", "conflict")}


@pytest.mark.parametrize(
    ("owners", "subject"),
    [
        ({"workspaceId": "7", "accountId": "8"}, "workspace:7"),
        ({"accountId": "8"}, "account:8"),
        ({"workspaceId": 18}, "workspace:18"),
        ({"accountId": str(2**64 - 1)}, f"account:{2**64 - 1}"),
        ({"organizationId": "5", "tenantId": "6", "workspaceId": None}, None),
    ],
)
def test_workspace_and_account_are_the_subject(
    alice: Speaker, alices_tenant: Tenant, owners: dict[str, object], subject: str | None
) -> None:
    key = alice.made(**owners)
    assert stored(key["id"]).subject == (subject or alices_tenant.public_id)
    assert stored(key["id"]).tenant == alices_tenant


@pytest.mark.parametrize("name", ["organizationId", "tenantId", "workspaceId", "accountId"])
@pytest.mark.parametrize(
    "value", ["0", 0, "", "-1", "1.0", "01", "x", str(2**64), True, [], FULLWIDTH_ONE]
)
def test_ids_are_numbers_above_zero(alice: Speaker, name: str, value: object) -> None:
    answer = alice.post(KEYS, {"name": "n", name: value})
    assert answer.status == 400
    assert {field for field, _ in violations(answer)} == {name}


def test_the_more_that_can_be_written_can_be_created(alice: Speaker) -> None:
    metadata = base64.b64encode(b'{"team": "red"}').decode()
    key = alice.made(isTestKey=True, tags=["t"], monthlyRequestQuota="5000", metadataJson=metadata)
    assert key["isTestKey"] is True
    assert key["keyValue"].split("_")[1] == "test"
    assert key["monthlyRequestQuota"] == "5000"
    assert json.loads(base64.b64decode(key["metadataJson"])) == {"team": "red"}


def test_a_client_secret_is_shown_once(alice: Speaker) -> None:
    made = alice.post(KEYS, {"name": "n", "requiresClientSecret": True}).body
    assert made.keys() == {"apiKey", "keyValue", "clientSecret"}
    assert len(made["apiKey"]["clientSecretHash"]) == 64
    verified = Caller(alice.secret).verify(
        made["keyValue"], client_secret=made["clientSecret"], dry_run=True
    )
    assert verified["valid"]
    again = alice.get(f"{KEYS}/{made['apiKey']['id']}")
    assert again.body.keys() == {"apiKey"}
    assert made["clientSecret"] not in again.content.decode()


@pytest.mark.parametrize(
    ("members", "field", "rule"),
    [
        ({}, "name", "required"),
        ({"name": None}, "name", "required"),
        ({"name": ""}, "name", "too_short"),
        ({"name": 1}, "name", "not_text"),
        ({"name": "n", "maxUses": 0}, "maxUses", "out_of_range"),
        ({"name": "n", "rateLimit": -1}, "rateLimit", "out_of_range"),
        ({"name": "n", "rateLimit": "60"}, "rateLimit", "not_integer"),
        ({"name": "n", "rateLimit": 10.0}, "rateLimit", "not_integer"),
        ({"name": "n", "monthlyRequestQuota": 1.5}, "monthlyRequestQuota", "not_integer"),
        ({"name": "n", "monthlyRequestQuota": "9" * 19}, "monthlyRequestQuota", "out_of_range"),
        ({"name": "n", "scopes": "a"}, "scopes", "not_list"),
        ({"name": "n", "scopes": ["a", 1]}, "scopes[1]", "not_text"),
        ({"name": "n", "allowedIps": ["10.0.0.0/8", "x"]}, "allowedIps[1]", "invalid_text"),
        ({"name": "n", "expiresAt": "soon"}, "expiresAt", "not_time"),
        ({"name": "n", "expiresAt": "2001-01-01T00:00:00Z"}, "expiresAt", "in_the_past"),
        ({"name": "n", "quotaAlertThreshold": 80}, "quotaAlertThreshold", "out_of_range"),
        ({"name": "n", "costPerRequest": "0.1"}, "costPerRequest", "not_number"),
        ({"name": "n", "costPerRequest": 1e-9}, "costPerRequest", "out_of_range"),
        ({"name": "n", "costPerRequest": 1e300}, "costPerRequest", "out_of_range"),
        ({"name": "n", "metadataJson": {"a": 1}}, "metadataJson", "not_base64"),
        ({"name": "n", "metadataJson": "%%%"}, "metadataJson", "not_base64"),
        ({"name": "n", "metadataJson": "é"}, "metadataJson", "not_base64"),
        ({"name": "n", "metadataJson": "e30x"}, "metadataJson", "not_json"),
        ({"name": "n", "metadataJson": "W10="}, "metadataJson", "not_object"),
        ({"name": "n", "isTestKey": "yes"}, "isTestKey", "not_boolean"),
        ({"name": "n", "status": "STATUS_REVOKED"}, "status", "not_settable"),
        ({"name": "n", "id": "1"}, "id", "unknown_field"),
        ({"name": "n", "key_type": "management"}, "key_type", "unknown_field"),
        ({"name": "n", "tenant": "org_1"}, "tenant", "unknown_field"),
        ({"name": "n", "created_by": "me"}, "created_by", "unknown_field"),
    ],
)
def test_a_bad_member_is_told_by_its_name_and_nothing_is_made(
    alice: Speaker, members: dict[str, object], field: str, rule: str
) -> None:
    before = ApiKey.objects.count()
    answer = alice.post(KEYS, members)
    assert answer.status == 400
    assert violations(answer) == {(field, rule)}
    assert ApiKey.objects.count() == before


@pytest.mark.parametrize(
    ("text", "metadata"),
    [
        ("eyJhIjoiPz4ifQ==", {"a": "?>"}),
        ("eyJhIjoiPz4ifQ", {"a": "?>"}),
        (base64.urlsafe_b64encode(b'{"a":"\xc3\xbf\xc3\xbf?"}').decode(), {"a": "ÿÿ?"}),
        ("", {}),
    ],
)
def test_metadata_comes_in_every_base64(
    alice: Speaker, text: str, metadata: dict[str, object]
) -> None:
    assert stored(alice.made(metadataJson=text)["id"]).metadata == metadata


def test_a_cost_keeps_its_digits(alice: Speaker) -> None:
    key = alice.made(costPerRequest=0.00000001)
    assert stored(key["id"]).limits.cost_per_request == "0.00000001"
    assert key["costPerRequest"] == 0.00000001


def test_a_tenant_key_is_answered_with_id_and_value_alone(alice: Speaker) -> None:
    scopes = ["TENANT_API_KEY_SCOPE_READ_JOBS"]
    sent = {"name": "n", "scopes": scopes, "maxUses": 4, "status": "STATUS_UNSPECIFIED"}
    answer = alice.post(TENANT_KEYS, {"organizationId": "1", "tenantId": "2", "apiKey": sent})
    assert answer.body.keys() == {"keyId", "keyValue"}
    key = alice.key(answer.body["keyId"], TENANT_KEYS)
    assert (key["scopes"], key["maxUses"], key["status"]) == (scopes, 4, "STATUS_ACTIVE")
    assert stored(answer.body["keyId"]).scopes == scopes


def test_a_tenant_key_takes_the_vendors_scopes_alone(alice: Speaker) -> None:
    for bad in ("leads:read", "TENANT_API_KEY_SCOPE_UNSPECIFIED", "READ_JOBS"):
        answer = alice.post(TENANT_KEYS, {"apiKey": {"name": "n", "scopes": [bad]}})
        assert violations(answer) == {("scopes[0]", "unknown_choice")}


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "apiKey", "required"),
        ({"apiKey": None}, "apiKey", "required"),
        ({"apiKey": []}, "apiKey", "not_object"),
        ({"apiKey": {}}, "name", "required"),
        ({"apiKey": {"name": "n"}, "workspaceId": "1"}, "workspaceId", "unknown_field"),
        ({"apiKey": {"name": "n", "tags": []}}, "tags", "unknown_field"),
        ({"name": "n"}, "name", "unknown_field"),
    ],
)
def test_a_bad_tenant_key(alice: Speaker, body: object, field: str, rule: str) -> None:
    answer = alice.post(TENANT_KEYS, body)
    assert (answer.status, violations(answer)) == (400, {(field, rule)})


def test_a_key_is_audited_as_made_by_the_credential(alice: Speaker) -> None:
    key = stored(alice.made()["id"])
    event = AuditEvent.objects.get(object_id=key.public_id)
    assert (event.action, event.actor_kind) == ("key.issued", "management_key")
