"""`/tenants` and `/tenants/{id}`."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.models import AuditEvent, Tenant
from tests.apikeys.api.native.conftest import SameAsMissing
from tests.calling import Answer, Caller

SHOWN = {
    "id",
    "name",
    "status",
    "secret_prefix",
    "on_limiter_loss",
    "default_limits",
    "metadata",
    "is_default",
    "created_at",
    "updated_at",
}


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.content
    return [tenant["name"] for tenant in answer.body["results"]]


class TestCreate:
    """Only the root key makes tenants."""

    def test_a_name_is_enough(self, root: Caller) -> None:
        answer = root.post("/tenants", {"name": "Dora"})
        assert (answer.status, answer.body.keys()) == (201, SHOWN)
        told = {name: answer.body[name] for name in SHOWN - {"id", "created_at", "updated_at"}}
        assert told == {
            "name": "Dora",
            "status": "active",
            "secret_prefix": "",
            "on_limiter_loss": "refuse",
            "default_limits": {},
            "metadata": {},
            "is_default": False,
        }
        assert answer.body["id"].startswith("org_")
        assert len(answer.body["id"]) == 31

    def test_every_attribute_is_kept(self, root: Caller) -> None:
        chosen = {
            "name": "Dora",
            "status": "suspended",
            "secret_prefix": "do",
            "on_limiter_loss": "allow",
            "default_limits": {"requests_per_minute": 60, "concurrent_requests": 3},
            "metadata": {"plan": "gold"},
        }
        made = root.post("/tenants", chosen).body
        read = root.get(f"/tenants/{made['id']}").body
        assert {name: read[name] for name in chosen} == chosen

    def test_it_begins_its_own_audit_trail(self, root: Caller) -> None:
        made = root.post("/tenants", {"name": "Dora"}).body
        event = AuditEvent.objects.get(object_id=made["id"])
        assert (event.action, event.sequence, event.actor_id) == ("tenant.created", 1, root.key_id)

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({}, ("/name", "required")),
            ({"name": ""}, ("/name", "too_short")),
            ({"name": "a", "id": "org_1"}, ("/id", "unknown_field")),
            ({"name": "a", "is_default": True}, ("/is_default", "unknown_field")),
            ({"name": "a", "secret_prefix": "_"}, ("/secret_prefix", "invalid_text")),
            ({"name": "a", "on_limiter_loss": "maybe"}, ("/on_limiter_loss", "unknown_choice")),
            ({"name": "a", "metadata": []}, ("/metadata", "not_object")),
            ({"name": "a", "default_limits": None}, ("/default_limits", "null")),
            ({"name": "a", "default_limits": 5}, ("/default_limits", "not_object")),
            (
                {"name": "a", "default_limits": {"max_uses": 1}},
                ("/default_limits", "unknown_field"),
            ),
            (
                {"name": "a", "default_limits": {"requests_per_day": -1}},
                ("/default_limits/requests_per_day", "out_of_range"),
            ),
        ],
    )
    def test_a_bad_body_makes_none(
        self, root: Caller, body: dict[str, Any], wrong: tuple[str, str]
    ) -> None:
        before = Tenant.objects.count()
        answer = root.post("/tenants", body)
        assert (answer.status, answer.errors) == (400, {wrong})
        assert Tenant.objects.count() == before

    def test_nobody_else_may(self, root: Caller, alice: Caller) -> None:
        second = Caller(root.issue("second", key_type="management", scopes=["*"])["secret"])
        for caller in (alice, second):
            answer = caller.post("/tenants", {"name": "Dora"})
            assert (answer.status, answer.code) == (403, "insufficient_scope")
        assert not Tenant.objects.filter(name="Dora").exists()


class TestList:
    """The root key sees every tenant, everybody else the own one."""

    def test_the_root_key_sees_all_newest_first(
        self, root: Caller, alice: Caller, charlie: Caller
    ) -> None:
        assert names(root.get("/tenants")) == ["Charlie", "Alice", "Default"]

    def test_everybody_else_sees_the_own_one(
        self, root: Caller, alice: Caller, bob: Caller, charlie: Caller
    ) -> None:
        assert names(alice.get("/tenants")) == names(bob.get("/tenants")) == ["Alice"]
        assert names(charlie.get("/tenants")) == ["Charlie"]

    def test_it_is_filtered_by_status_and_searched_by_name_or_id(
        self, root: Caller, alice: Caller, charlie: Caller
    ) -> None:
        root.patch(f"/tenants/{charlie.tenant_id}", {"status": "suspended"})
        assert names(root.get("/tenants", {"status": "suspended"})) == ["Charlie"]
        assert names(root.get("/tenants", {"search": "LIC"})) == ["Alice"]
        assert names(root.get("/tenants", {"search": alice.tenant_id})) == ["Alice"]

    @pytest.mark.parametrize("query", [{"status": "asleep"}, {"name": "Alice"}])
    def test_unknown_filters_are_errors(self, root: Caller, query: dict[str, str]) -> None:
        assert root.get("/tenants", query).status == 400


class TestRead:
    """`GET /tenants/{id}`"""

    def test_a_reader_reads_the_own_one(self, bob: Caller) -> None:
        answer = bob.get(f"/tenants/{bob.tenant_id}")
        assert (answer.status, answer.body.keys()) == (200, SHOWN)
        assert answer.body["name"] == "Alice"

    def test_the_root_key_reads_every(self, root: Caller, alice: Caller) -> None:
        assert root.get(f"/tenants/{alice.tenant_id}").body["name"] == "Alice"
        assert root.get(f"/tenants/{root.tenant_id}").body["is_default"] is True

    def test_an_id_that_no_database_holds_is_a_missing_one(self, root: Caller) -> None:
        for method in ("GET", "PATCH"):
            assert root.call(method, "/tenants/org_%00", {}).status == 404

    def test_another_is_byte_for_byte_a_missing_one(
        self, alice: Caller, same_answer_as_missing: SameAsMissing
    ) -> None:
        assert same_answer_as_missing("GET", "/tenants/{id}", alice.tenant_id)
        assert same_answer_as_missing("PATCH", "/tenants/{id}", alice.tenant_id, {"name": "mine"})
        assert same_answer_as_missing(
            "PATCH", "/tenants/{id}", alice.tenant_id, {"status": "suspended"}
        )


class TestChange:
    """`PATCH /tenants/{id}`"""

    def test_only_what_is_named_changes(self, alice: Caller) -> None:
        before = alice.get(f"/tenants/{alice.tenant_id}").body
        answer = alice.patch(f"/tenants/{alice.tenant_id}", {"metadata": {"a": 1}})
        assert answer.status == 200
        changed = {name for name, value in answer.body.items() if value != before[name]}
        assert changed == {"metadata", "updated_at"}

    def test_it_needs_write(self, bob: Caller) -> None:
        answer = bob.patch(f"/tenants/{bob.tenant_id}", {"name": "Bob's"})
        assert (answer.status, answer.code) == (403, "insufficient_scope")

    @pytest.mark.parametrize("status", ["suspended", "active"])
    def test_nobody_names_the_status_of_the_own_one(self, alice: Caller, status: str) -> None:
        answer = alice.patch(f"/tenants/{alice.tenant_id}", {"name": "new", "status": status})
        assert (answer.status, answer.code) == (403, "insufficient_scope")
        assert alice.get(f"/tenants/{alice.tenant_id}").body["name"] == "Alice"

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({"status": "deleted"}, ("/status", "unknown_choice")),
            ({"is_default": True}, ("/is_default", "unknown_field")),
            ({"id": "org_2"}, ("/id", "unknown_field")),
            ({"name": None}, ("/name", "null")),
        ],
    )
    def test_a_bad_body_changes_nothing(
        self, root: Caller, alice: Caller, body: dict[str, Any], wrong: tuple[str, str]
    ) -> None:
        before = root.get(f"/tenants/{alice.tenant_id}").body
        answer = root.patch(f"/tenants/{alice.tenant_id}", body)
        assert (answer.status, answer.errors) == (400, {wrong})
        assert root.get(f"/tenants/{alice.tenant_id}").body == before

    def test_there_is_no_delete(self, root: Caller, alice: Caller) -> None:
        answer = root.delete(f"/tenants/{alice.tenant_id}")
        assert (answer.status, answer.code) == (405, "method_not_allowed")


class TestSuspend:
    """A suspended tenant's keys all stop at once, and go on when it is resumed."""

    def test_every_key_stops_and_goes_on(self, root: Caller, alice: Caller) -> None:
        issued = alice.issue()
        path = f"/tenants/{alice.tenant_id}"
        answer = root.patch(path, {"status": "suspended"})
        assert (answer.status, answer.body["status"]) == (200, "suspended")
        assert root.verify(issued["secret"])["code"] == "suspended"
        assert alice.get("/api_keys").status == 401
        root.patch(path, {"status": "active"})
        assert root.verify(issued["secret"])["valid"]
        assert alice.get("/api_keys").status == 200

    def test_other_tenants_are_not_touched(
        self, root: Caller, alice: Caller, charlie: Caller
    ) -> None:
        root.patch(f"/tenants/{alice.tenant_id}", {"status": "suspended"})
        assert charlie.get("/api_keys").status == 200

    def test_both_are_audited(self, root: Caller, alice: Caller) -> None:
        for status in ("suspended", "active"):
            root.patch(f"/tenants/{alice.tenant_id}", {"status": status})
        found = AuditEvent.objects.filter(object_id=alice.tenant_id).order_by("sequence")
        assert [event.action for event in found][1:] == ["tenant.suspended", "tenant.resumed"]

    def test_the_default_tenant_stays(self, root: Caller) -> None:
        answer = root.patch(f"/tenants/{root.tenant_id}", {"status": "suspended"})
        assert (answer.status, answer.code) == (409, "default_tenant_stays")
        assert root.get("/tenants").status == 200


class TestDefaultLimits:
    """Limits of those keys that say nothing themselves, from the next verify on."""

    def test_a_change_holds_for_the_next_verify(self, alice: Caller) -> None:
        key, path = alice.issue(), f"/tenants/{alice.tenant_id}"
        assert alice.verify(key["secret"])["limits"] == []
        alice.patch(path, {"default_limits": {"requests_per_day": 2}})
        assert [alice.verify(key["secret"])["code"] for _ in range(3)] == [
            "valid",
            "valid",
            "quota_exceeded",
        ]
        alice.patch(path, {"default_limits": {"requests_per_day": 3}})
        assert alice.verify(key["secret"])["valid"]
        alice.patch(path, {"default_limits": {}})
        assert alice.verify(key["secret"])["limits"] == []

    def test_a_keys_own_limit_comes_first(self, alice: Caller) -> None:
        limits = {"requests_per_minute": 1, "concurrent_requests": 1}
        alice.patch(f"/tenants/{alice.tenant_id}", {"default_limits": limits})
        key = alice.issue(requests_per_minute=5)
        told = {it["name"]: it["limit"] for it in alice.verify(key["secret"])["limits"]}
        assert told == {"minute": 5, "concurrent": 1}

    def test_null_takes_one_out(self, alice: Caller) -> None:
        path = f"/tenants/{alice.tenant_id}"
        limits = {"requests_per_minute": None, "requests_per_day": 4}
        answer = alice.patch(path, {"default_limits": limits})
        assert answer.body["default_limits"] == {"requests_per_day": 4}

    def test_management_keys_are_not_meant(self, alice: Caller) -> None:
        limits = {"requests_per_minute": 0, "requests_per_day": 0, "concurrent_requests": 0}
        alice.patch(f"/tenants/{alice.tenant_id}", {"default_limits": limits})
        assert alice.verify(alice.secret)["limits"] == []
        assert alice.verify(alice.issue()["secret"])["code"] == "rate_limited"

    def test_other_tenants_keys_are_not_touched(self, alice: Caller, charlie: Caller) -> None:
        alice.patch(f"/tenants/{alice.tenant_id}", {"default_limits": {"requests_per_day": 0}})
        assert charlie.verify(charlie.issue()["secret"])["limits"] == []
