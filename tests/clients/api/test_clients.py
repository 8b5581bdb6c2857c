"""`/api/v1/clients` and what is below, row by row of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.models import AuditEvent
from apikeys.operations import Actor, create_tenant, issue_key
from clients.models import ServiceClient
from clients.operations import create_client, request_access_key
from tests.calling import Answer, Caller
from tests.clients.machines import SYSTEM, machine

pytestmark = pytest.mark.django_db

SHOWN = {
    *("client_id", "tenant", "name", "scopes", "enabled", "rate_limits", "tags", "options"),
    "m2m_token_seconds",
    *("verification_keys", "created_by", "created_at", "updated_at"),
}


def holding(*scopes: str, tenant: str | None = None) -> Caller:
    named: dict[str, object] = {"tenant": tenant} if tenant else {}
    management = {"name": "m", "key_type": "management", "scopes": list(scopes)}
    made = issue_key(SYSTEM, {**management, **named})
    assert made.secret is not None
    return Caller(made.secret.reveal(), tenant_id=made.key.tenant.public_id)


@pytest.fixture
def caller() -> Caller:
    return holding("clients:read", "clients:write")


def made(answer: Answer) -> dict[str, Any]:
    assert answer.status == 201, answer.content
    body: dict[str, Any] = answer.body
    return body


class TestMake:
    def test_an_empty_body_makes_a_client_that_may_nothing(self, caller: Caller) -> None:
        client = made(caller.post("/clients", {}))
        assert set(client) == SHOWN
        assert client["client_id"].startswith("sc_")
        assert client["scopes"] == client["rate_limits"] == client["verification_keys"] == []
        assert (client["name"], client["enabled"], client["tags"]) == (None, True, {})
        assert client["options"] == {
            "grant_user_permissions_access": False,
            "grant_token_generation": False,
        }

    def test_all_of_it_is_kept(self, caller: Caller) -> None:
        body = {
            "name": "worker",
            "scopes": ["clients:read", "orders:write"],
            "enabled": False,
            "rate_limits": [{"duration": "PT1H", "quota": 1000}],
            "tags": {"team": "blue"},
            "options": {"grant_token_generation": True},
            "m2m_token_seconds": 60,
        }
        client = made(caller.post("/clients", body))
        whole = {"grant_user_permissions_access": False, "grant_token_generation": True}
        assert {name: client[name] for name in body} == {**body, "options": whole}

    @pytest.mark.parametrize(
        ("scopes", "held"),
        [
            (["api_keys:read"], False),
            (["api_keys:*"], False),
            (["*"], False),
            (["clients:*"], True),
            (["clients:read", "orders:*"], True),
        ],
    )
    def test_management_scopes_need_a_maker_who_holds_them(
        self, caller: Caller, scopes: list[str], held: bool
    ) -> None:
        answer = caller.post("/clients", {"scopes": scopes})
        assert answer.status == (201 if held else 403)
        assert held or answer.code == "grant_exceeds_holder"

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({"name": "x" * 129}, "/name", "invalid_text"),
            ({"scopes": "orders"}, "/scopes", "not_list"),
            ({"scopes": ["two words"]}, "/scopes/0", "invalid_text"),
            ({"scopes": None}, "/scopes", "null"),
            ({"enabled": "yes"}, "/enabled", "not_boolean"),
            ({"tags": {"a": 1}}, "/tags/a", "not_text"),
            ({"tags": []}, "/tags", "not_object"),
            ({"options": {"other": True}}, "/options", "unknown_field"),
            ({"m2m_token_seconds": 0}, "/m2m_token_seconds", "out_of_range"),
            ({"m2m_token_seconds": None}, "/m2m_token_seconds", "null"),
            ({"rate_limits": [{"duration": "PT2S"}]}, "/rate_limits/0/duration", "unknown_choice"),
            (
                {"rate_limits": [{"duration": "PT1H", "quota": 5}]},
                "/rate_limits/0/quota",
                "unknown_choice",
            ),
            ({"client_id": "sc_x"}, "/client_id", "unknown_field"),
            ({"secret": "x"}, "/secret", "unknown_field"),
        ],
    )
    def test_a_bad_field_is_named(
        self, caller: Caller, body: dict[str, Any], pointer: str, code: str
    ) -> None:
        answer = caller.post("/clients", body)
        assert (answer.status, answer.errors) == (400, {(pointer, code)})
        assert not ServiceClient.objects.exists()

    def test_only_who_holds_everything_names_a_tenant(self, caller: Caller) -> None:
        other = create_tenant(SYSTEM, name="Other").public_id
        assert caller.post("/clients", {"tenant": other}).status == 403
        assert holding("*").post("/clients", {"tenant": other}).status == 400, "not of its tenant"
        mine = made(holding("*", tenant=other).post("/clients", {"tenant": other}))
        assert mine["tenant"] == other

    def test_twice_with_one_idempotency_key_is_once(self, caller: Caller) -> None:
        first, second = (
            caller.post("/clients", {"name": "once"}, idempotency_key="one") for _ in range(2)
        )
        assert first.body == second.body
        assert second.headers["Idempotent-Replayed"] == "true"
        assert ServiceClient.objects.count() == 1


class TestReadAndChange:
    def test_a_change_needs_the_version_that_was_read(self, caller: Caller) -> None:
        client_id = made(caller.post("/clients", {"name": "a"}))["client_id"]
        read = caller.get(f"/clients/{client_id}")
        tag = read.headers["ETag"]
        changed = caller.patch(f"/clients/{client_id}", {"name": "b"}, if_match=tag)
        assert (changed.status, changed.body["name"]) == (200, "b")
        again = caller.patch(f"/clients/{client_id}", {"name": "c"}, if_match=tag)
        assert (again.status, again.code) == (412, "version_mismatch")

    def test_what_is_not_named_stays(self, caller: Caller) -> None:
        body = {"name": "a", "tags": {"x": "y"}, "scopes": ["orders:read"]}
        client_id = made(caller.post("/clients", body))["client_id"]
        changed = caller.patch(f"/clients/{client_id}", {"enabled": False}).body
        assert {name: changed[name] for name in body} == body
        assert changed["enabled"] is False

    def test_enabling_a_stronger_client_is_refused(self, caller: Caller) -> None:
        client = create_client(SYSTEM, scopes=["*"], enabled=False)
        answer = caller.patch(f"/clients/{client.public_id}", {"enabled": True})
        assert (answer.status, answer.code) == (403, "grant_exceeds_holder")

    def test_a_stronger_client_is_not_narrowed(self, caller: Caller) -> None:
        client = create_client(SYSTEM, scopes=["*"])
        for scopes in ([], ["clients:read"]):
            answer = caller.patch(f"/clients/{client.public_id}", {"scopes": scopes})
            assert (answer.status, answer.code) == (403, "grant_exceeds_holder")

    def test_another_tenants_client_is_missing(self, caller: Caller) -> None:
        other = create_tenant(SYSTEM, name="Other").public_id
        foreign = create_client(SYSTEM, tenant=other).public_id
        for method in ("GET", "PATCH", "DELETE"):
            answers = {
                caller.call(method, f"/clients/{it}", {}, x_request_id="the-same-one").content
                for it in (foreign, "sc_" + "0" * 22, "nonsense")
            }
            assert len(answers) == 1
        assert ServiceClient.objects.filter(public_id=foreign).exists()

    def test_lists_are_searched_filtered_and_paged(self, caller: Caller) -> None:
        names = ["Alpha", "Beta", "alphabet"]
        for name in names:
            made(caller.post("/clients", {"name": name, "enabled": name != "Beta"}))
        found = caller.get("/clients", {"search": "ALPHA"}).body["results"]
        assert [it["name"] for it in found] == ["alphabet", "Alpha"]
        [off] = caller.get("/clients", {"enabled": "false"}).body["results"]
        assert off["name"] == "Beta"
        page = caller.get("/clients", {"limit": 2}).body
        rest = caller.get(page["next"].removeprefix("http://testserver")).body
        assert [it["name"] for it in page["results"] + rest["results"]] == names[::-1]
        assert caller.get("/clients", {"enabled": "maybe"}).status == 400

    def test_deletion_takes_the_keys_along(self, caller: Caller) -> None:
        it = machine()
        assert caller.delete(f"/clients/{it.client_id}").status == 204
        assert caller.get(f"/clients/{it.client_id}").status == 404
        assert Caller(it.token()).get("/clients").status == 401
        actions = list(AuditEvent.objects.values_list("action", flat=True))
        assert actions.count("client.deleted") == 1


class TestAccessKeys:
    def test_a_key_shows_its_secrets_once(self, caller: Caller) -> None:
        client_id = made(caller.post("/clients", {}))["client_id"]
        key = made(caller.post(f"/clients/{client_id}/access_keys"))
        assert key["access_key"].startswith(f"{client_id}.{key['key_id']}.")
        assert key["client_secret"].startswith("cs_live_")
        [listed] = caller.get(f"/clients/{client_id}/access_keys").body["results"]
        assert set(key) - set(listed) == {"access_key", "client_secret"}
        [shown] = caller.get(f"/clients/{client_id}").body["verification_keys"]
        assert shown == listed

    def test_a_replay_shows_them_to_the_same_caller(self, caller: Caller) -> None:
        client_id = made(caller.post("/clients", {}))["client_id"]
        path = f"/clients/{client_id}/access_keys"
        first, second = (caller.post(path, idempotency_key="k") for _ in range(2))
        assert first.body == second.body
        assert len(caller.get(path).body["results"]) == 1

    def test_the_sixth_is_refused(self, caller: Caller) -> None:
        client_id = made(caller.post("/clients", {}))["client_id"]
        path = f"/clients/{client_id}/access_keys"
        ids = [made(caller.post(path))["key_id"] for _ in range(5)]
        sixth = caller.post(path)
        assert (sixth.status, sixth.code) == (409, "too_many_access_keys")
        assert caller.delete(f"{path}/{ids[0]}").status == 204
        made(caller.post(path))

    def test_a_deleted_key_is_missing_from_then_on(self, caller: Caller) -> None:
        it = machine()
        path = f"/clients/{it.client_id}/access_keys/{it.key_id}"
        assert caller.delete(path).status == 204
        assert caller.delete(path).status == 404
        assert Caller(it.token()).get("/clients").status == 401

    def test_who_gets_a_key_can_do_what_the_client_can(self, caller: Caller) -> None:
        stronger = create_client(SYSTEM, scopes=["audit:read"]).public_id
        answer = caller.post(f"/clients/{stronger}/access_keys")
        assert (answer.status, answer.code) == (403, "grant_exceeds_holder")

    def test_a_client_manages_clients_with_its_own_token(self) -> None:
        it = machine(scopes=["clients:read", "clients:write"])
        itself = Caller(it.token())
        child = made(itself.post("/clients", {"scopes": ["clients:read"]}))
        assert child["created_by"] == it.client_id
        assert itself.post("/clients", {"scopes": ["audit:read"]}).status == 403
        event = AuditEvent.objects.get(object_id=child["client_id"])
        assert (event.actor_kind, event.actor_id) == ("service_client", it.client_id)

    def test_use_is_noted(self) -> None:
        it = machine()
        assert ServiceClient.objects.whole().get().active_keys[0].last_used_at is None
        Caller(it.token()).get("/clients")
        client = ServiceClient.objects.whole().get()
        assert client.active_keys[0].last_used_at is not None

    def test_a_key_of_another_client_is_missing(self, caller: Caller) -> None:
        one, other = machine(), machine()
        assert caller.delete(f"/clients/{one.client_id}/access_keys/{other.key_id}").status == 404
        assert request_access_key(Actor.system(), other.client_id).key.pk
