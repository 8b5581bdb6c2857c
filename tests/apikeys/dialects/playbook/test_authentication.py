"""Who is let in: a management key in X-API-Key, and nobody in particular where that is allowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

from apikeys.models import ApiKey, AuditEvent, Tenant
from apikeys.operations import Actor, revise_tenant
from tests.apikeys.dialects.playbook.speaking import KEYS, TENANT_KEYS, Speaker, stored
from tests.factories import minted

CREATES = [(KEYS, {"name": "n"}), (TENANT_KEYS, {"apiKey": {"name": "n"}})]
NOBODY = Speaker()
EVERY_CALL = [
    (method, f"{at}{path}")
    for at in (KEYS, TENANT_KEYS)
    for method, path in (
        ("POST", ""),
        ("PUT", ""),
        ("GET", "/list"),
        ("POST", "/rotate"),
        ("GET", "/1"),
        ("DELETE", "/1"),
    )
]


@pytest.fixture
def open_to_all() -> Iterator[None]:
    with override_settings(APIKEYS={**settings.APIKEYS, "PLAYBOOK_ANONYMOUS_CREATE": True}):
        yield


@pytest.mark.parametrize(
    "sent",
    [
        {"X-API-Key": "{}"},
        {"X-API-Key": "Bearer {}"},
        {"X-API-Key": "bearer  {}"},
        {"Authorization": "Bearer {}"},
        {"Authorization": "Bearer {}", "X-API-Key": "Bearer {}"},
        {"Authorization": "Bearer {}", "X-API-Key": "{}"},
    ],
)
def test_each_way_to_send_a_credential(alice: Speaker, sent: dict[str, str]) -> None:
    fields = {name: text.format(alice.secret) for name, text in sent.items()}
    assert NOBODY.call("GET", f"{KEYS}/list", headers=fields).status == 200


def test_two_credentials_are_one_too_many(alice: Speaker, charlie: Speaker) -> None:
    fields = {"Authorization": f"Bearer {charlie.secret}", "X-API-Key": f"Bearer {alice.secret}"}
    assert NOBODY.call("GET", f"{KEYS}/list", headers=fields).status == 400


@pytest.mark.parametrize(("method", "path"), EVERY_CALL)
def test_without_a_credential(method: str, path: str) -> None:
    answer = NOBODY.call(method, path)
    assert (answer.status, answer.body["code"]) == (401, "BEARER_TOKEN_MISSING")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["wrong", "Bearer", "Bearer wrong", "ks_live_" + "0" * 49])
def test_with_a_wrong_one(secret: str) -> None:
    answer = Speaker(secret).get(f"{KEYS}/list")
    assert answer.status == 401
    assert answer.body["code"] == "AUTH_FAILED_INVALID_BEARER_TOKEN"


def test_a_standard_key_manages_nothing(alices_tenant: Tenant) -> None:
    secret = minted(tenant=alices_tenant.public_id, scopes=["api_keys:read"])[1]
    answer = Speaker(secret).get(f"{KEYS}/list")
    assert (answer.status, answer.body["requiredPermissions"]) == (403, ["api_keys:read"])


@pytest.mark.usefixtures("open_to_all")
class TestAnonymous:
    @pytest.mark.parametrize(("path", "body"), CREATES)
    def test_a_key_is_made_in_the_default_tenant_and_audited(self, path: str, body: object) -> None:
        assert NOBODY.post(path, body).status == 200
        key = ApiKey.objects.get(name="n")
        assert key.tenant.is_default
        assert (key.key_type, key.created_by) == ("standard", "anonymous")
        event = AuditEvent.objects.get(object_id=key.public_id)
        assert (event.actor_kind, event.actor_id) == ("anonymous", "anonymous")
        assert (event.ip, bool(event.request_id)) == ("127.0.0.1", True)

    def test_or_in_the_one_that_is_named(self, alices_tenant: Tenant) -> None:
        made = NOBODY.made(tenant_id=str(alices_tenant.number))
        assert stored(made["id"]).tenant == alices_tenant

    def test_but_in_none_that_is_unknown_or_suspended(self, alices_tenant: Tenant) -> None:
        revise_tenant(Actor.system(), alices_tenant.public_id, status="suspended")
        for number in ("1", str(alices_tenant.number), str(2**64 - 1)):
            assert NOBODY.post(KEYS, {"name": "n", "organizationId": number}).status == 404
        assert not ApiKey.objects.exists()

    @pytest.mark.parametrize(
        "more", [{"keyType": "management"}, {"key_type": "management"}, {"tenant": "org_1"}]
    )
    def test_it_makes_standard_keys_alone(self, more: dict[str, object]) -> None:
        assert NOBODY.post(KEYS, {"name": "n", **more}).status == 400

    def test_its_keys_manage_nothing_whatever_they_are_called(self) -> None:
        made = NOBODY.made(scopes=["*", "api_keys:write"])
        assert Speaker(made["keyValue"]).get(f"{KEYS}/list").status == 403

    @pytest.mark.parametrize(
        ("method", "path"),
        [it for it in EVERY_CALL if it not in (("POST", KEYS), ("POST", TENANT_KEYS))],
    )
    def test_nothing_else_is_open(self, method: str, path: str) -> None:
        assert NOBODY.call(method, path).status == 401

    @pytest.mark.parametrize(("path", "body"), CREATES)
    def test_a_credential_that_is_sent_is_judged(self, path: str, body: object) -> None:
        assert Speaker("wrong").post(path, body).status == 401

    def test_whoever_has_a_credential_is_who_they_are(
        self, alice: Speaker, alices_tenant: Tenant
    ) -> None:
        key = stored(alice.made()["id"])
        assert key.tenant == alices_tenant
        assert key.created_by != "anonymous"
