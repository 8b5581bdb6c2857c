"""One key: by its number alone. Whatever else is asked for is one and the same 404."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.test import override_settings

from apikeys.models import ApiKey, Tenant
from tests.apikeys.dialects.playbook.speaking import (
    FULLWIDTH_ONE,
    KEYS,
    TENANT_KEYS,
    Speaker,
    stored,
    violations,
)
from tests.calling import Answer, Caller
from tests.factories import KeyFactory, TenantFactory

SAME_ID = {"X-Request-ID": "same-for-all"}
NOBODYS = str(2**62)
MALFORMED = [
    "0",
    "-1",
    "+1",
    "01",
    "1.0",
    "0x1",
    "1e3",
    "key_" + "0" * 32,
    "x",
    "%20",
    "1%2F2",
    "1%0A",
    "%EF%BC%91",
    "%F0%9F%94%91",
    "%00",
    str(2**63),
    str(2**64),
    "9" * 400,
]


def asked(caller: Speaker, method: str, at: str, key_id: str) -> Answer:
    return caller.call(method, f"{at}/{key_id}", headers=SAME_ID)


@pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_foreign_deleted_and_malformed_ids_are_alike(
    alice: Speaker, charlie: Speaker, method: str, at: str
) -> None:
    missing = asked(alice, method, at, NOBODYS)
    assert missing.status == 404
    assert missing.body["code"] == "RESOURCE_NOT_FOUND"
    foreign = charlie.made()["id"]
    deleted = alice.made()["id"]
    alice.delete(f"{KEYS}/{deleted}")
    for key_id in (foreign, deleted, *MALFORMED):
        assert asked(alice, method, at, key_id) == missing, key_id


@pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])
def test_so_are_those_in_a_body(alice: Speaker, charlie: Speaker, at: str) -> None:
    foreign = charlie.made()["id"]
    strange = ["0", "-1", "01", "x", "", " 1", FULLWIDTH_ONE, str(2**64), "9" * 400]
    for method, path, body in (
        ("POST", f"{at}/rotate", lambda it: {"keyId": it}),
        ("PUT", at, lambda it: {"apiKey": {"id": it, "name": "n"}}),
    ):
        missing = alice.call(method, path, body(NOBODYS), headers=SAME_ID)
        assert missing.status == 404
        for key_id in (foreign, *strange):
            assert alice.call(method, path, body(key_id), headers=SAME_ID) == missing, key_id


def test_an_id_may_be_a_json_number(alice: Speaker) -> None:
    key_id = alice.made()["id"]
    ApiKey.objects.filter(number=int(key_id)).update(number=77)
    assert alice.changed(77, name="n")["id"] == "77"
    assert alice.post(f"{KEYS}/rotate", {"key_id": 77}).body["newApiKey"]["id"] == "77"


@pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])
@pytest.mark.parametrize("key_id", [None, True, 1.0, [], {}])
def test_an_id_of_another_type_is_a_bad_field(alice: Speaker, at: str, key_id: object) -> None:
    answer = alice.post(f"{at}/rotate", {"keyId": key_id})
    rule = "required" if key_id is None else "not_integer"
    assert violations(answer) == {("keyId", rule)}


@pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])
def test_rotate(alice: Speaker, at: str) -> None:
    made = alice.made(allowedIps=[], maxUses=5)
    answer = alice.post(f"{at}/rotate", {"keyId": made["id"], "tenantId": "2"})
    own = {"tenantId", "organizationId"} if at == TENANT_KEYS else set()
    assert answer.body.keys() == {"newApiKey", "newKeyValue", "oldKeyExpiry"} | own
    key = answer.body["newApiKey"]
    assert (key["id"], key["maxUses"], key["status"]) == (made["id"], 5, "STATUS_ACTIVE")
    whole = alice.key(made["id"])
    assert whole["lastRotatedAt"] == whole["lastRotationDate"] is not None
    assert answer.body["oldKeyExpiry"][:10] > whole["lastRotatedAt"][:10]  # a day
    for secret in (made["keyValue"], answer.body["newKeyValue"]):
        assert Caller(alice.secret).verify(secret, dry_run=True)["valid"]


def test_a_tenant_rotation_tells_whose_key_it_was(alice: Speaker, alices_tenant: Tenant) -> None:
    made = alice.made()
    body = alice.post(f"{TENANT_KEYS}/rotate", {"keyId": made["id"], "tenantId": 5}).body
    assert (body["tenantId"], body["organizationId"]) == ("5", str(alices_tenant.number))


def test_the_grace_is_a_setting(alice: Speaker) -> None:
    made = alice.made()
    with override_settings(APIKEYS={**settings.APIKEYS, "PLAYBOOK_GRACE_SECONDS": 0}):
        alice.post(f"{KEYS}/rotate", {"keyId": made["id"]})
    assert not Caller(alice.secret).verify(made["keyValue"])["valid"]


@pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])
def test_delete(alice: Speaker, at: str) -> None:
    made = alice.made()
    answer = alice.delete(f"{at}/{made['id']}", workspaceId="1") if at == KEYS else None
    answer = answer or alice.delete(f"{at}/{made['id']}", tenantId="1")
    assert json.loads(answer.content) == {"success": True}
    assert not Caller(alice.secret).verify(made["keyValue"])["valid"]
    assert alice.delete(f"{at}/{made['id']}").status == 404


def test_owners_are_checked_where_they_choose_nothing(alice: Speaker) -> None:
    key_id = alice.made()["id"]
    assert alice.get(f"{KEYS}/{key_id}", workspaceId="3", account_id="4").status == 200
    answer = alice.get(f"{KEYS}/{key_id}", workspaceId="none")
    assert violations(answer) == {("workspaceId", "not_integer")}


def test_root_finds_a_key_in_the_tenant_it_names(root: Speaker, alices_tenant: Tenant) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id)
    path = f"{KEYS}/{key.number}"
    assert root.get(path).status == root.get(path, tenantId=alices_tenant.number).status == 200
    assert root.get(path, tenantId=TenantFactory.create().number).status == 404
    assert root.get(path, tenantId=2**64 - 1).status == 404


def test_root_makes_a_key_in_the_tenant_it_names(root: Speaker, alices_tenant: Tenant) -> None:
    made = root.made(tenantId=str(alices_tenant.number))
    assert stored(made["id"]).tenant == alices_tenant
    assert stored(root.made()["id"]).tenant.is_default
    assert root.post(KEYS, {"name": "n", "organizationId": "1"}).status == 404
