"""`PATCH …/api-keys/{key_name}`."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.models import ApiKey, AuditEvent, Tenant
from apikeys.operations import Actor, revise_key, revoke_key
from tests.apikeys.dialects.mixpeek.calling import EMAIL, Mixpeek, code, done, faults
from tests.apikeys.dialects.mixpeek.conftest import hired
from tests.calling import Caller
from tests.factories import minted

SYSTEM = Actor.system("tests")
PAST = "2020-01-01T00:00:00Z"
FUTURE = "2090-01-01T00:00:00Z"


def native(tenant: Tenant, **attributes: Any) -> str:
    key, _ = minted(**{"tenant": tenant.public_id, "subject": EMAIL, "name": "n", **attributes})
    return str(key.public_id)


def expired(tenant: Tenant) -> str:
    public_id = native(tenant)
    revise_key(SYSTEM, public_id, expires_at=PAST)
    return public_id


class TestFields:
    """Everything but `status`."""

    def test_only_what_is_given_changes(self, alice: Mixpeek) -> None:
        before = alice.made("ci", description="old", permissions=["read"])
        after = done(alice.update("ci", description="new"))
        assert {**after, "key": before["key"]} == {**before, "description": "new"}

    def test_every_field_that_can_be_given_is_changed(self, alice: Mixpeek) -> None:
        alice.made("ci")
        given: dict[str, Any] = {
            "name": "ci 2",
            "description": "new",
            "permissions": ["admin"],
            "scopes": [{"resource_type": "retriever", "resource_id": "r_1"}],
            "rate_limit_override": 7,
            "expires_at": FUTURE,
            "allowed_origins": ["https://example.com"],
        }
        after = done(alice.update("ci", **given))
        assert {name: after[name] for name in given} == given

    def test_an_empty_update_changes_nothing(self, alice: Mixpeek) -> None:
        alice.made("ci")
        events = AuditEvent.objects.count()
        assert done(alice.update("ci"))["name"] == "ci"
        assert AuditEvent.objects.count() == events

    def test_null_removes_the_end_and_nothing_else(self, alice: Mixpeek) -> None:
        given: dict[str, Any] = {"description": "d", "rate_limit_override": 7}
        nothing: dict[str, Any] = dict.fromkeys(given)
        alice.made("ci", expires_at=FUTURE, **given)
        after = done(alice.update("ci", expires_at=None, **nothing))
        assert after["expires_at"] is None
        assert {name: after[name] for name in given} == given

    def test_empty_lists_remove_restrictions(self, alice: Mixpeek) -> None:
        scope = {"resource_type": "bucket", "resource_id": "*"}
        made = alice.made("ci", scopes=[scope], allowed_origins=["https://example.com"])
        alice.update("ci", scopes=[], allowed_origins=[])
        key = ApiKey.objects.select_related("policy").get(public_id=made["key_id"])
        assert (key.resource_scopes, key.policy.allowed_origins) == (None, None)

    def test_what_mixpeek_has_no_word_for_stays(self, alice: Mixpeek, tenant: Tenant) -> None:
        held = {
            "scopes": ["deploy"],
            "claims": {"a": 1},
            "metadata": {"principal_id": "p", "team": "x"},
            "tags": ["t"],
            "allowed_ips": ["10.0.0.0/8"],
            "hold": "deprecated",
        }
        public_id = native(tenant, **held)
        done(alice.update("n", name="m", description="new", permissions=["read"]))
        shown = Caller(alice.secret).get(f"/api_keys/{public_id}").body
        assert {name: shown[name] for name in held} == held

    def test_a_new_name_must_be_free(self, alice: Mixpeek) -> None:
        alice.made("a")
        alice.made("b")
        assert code(alice.update("a", name="b")) == (409, "name_taken")
        assert done(alice.update("a", name="a"))["name"] == "a"

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({"name": ""}, ("name", "too_short")),
            ({"permissions": ["owner"]}, ("permissions.0", "unknown_choice")),
            ({"status": "ACTIVE"}, ("status", "unknown_choice")),
            ({"status": "disabled"}, ("status", "unknown_choice")),
            ({"expires_at": "never"}, ("expires_at", "not_time")),
            ({"principal_id": "p"}, ("principal_id", "unknown_field")),
            ({"key": "sk_x"}, ("key", "unknown_field")),
            (
                {"scopes": [{"resource_type": "bucket", "resource_id": "***"}]},
                ("scopes.0.resource_id", "invalid_text"),
            ),
        ],
    )
    def test_a_bad_field_is_422_and_changes_nothing(
        self, alice: Mixpeek, body: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        alice.made("ci")
        before = alice.shown("ci")
        assert faults(alice.update("ci", **body)) == {fault}
        assert alice.shown("ci") == before

    def test_a_revoked_key_is_not_changed(self, alice: Mixpeek) -> None:
        made = alice.made("ci")
        alice.delete("ci")
        assert code(alice.update(made["key_id"], name="x")) == (400, "key_revoked")

    @pytest.mark.parametrize("end", [None, FUTURE])
    def test_an_expired_key_is_not_brought_back(
        self, alice: Mixpeek, tenant: Tenant, end: str | None
    ) -> None:
        expired(tenant)
        assert code(alice.update("n", expires_at=end)) == (400, "key_terminal")
        assert done(alice.update("n", description="kept for the record"))["status"] == "expired"


class TestStatus:
    """`status`, which is sent alone."""

    @pytest.mark.parametrize("more", [{"name": "x"}, {"expires_at": None}])
    def test_with_another_field_it_is_refused(self, alice: Mixpeek, more: dict[str, Any]) -> None:
        alice.made("ci")
        assert code(alice.update("ci", status="revoked", **more)) == (400, "status_alone")
        assert alice.shown("ci")["status"] == "active"

    def test_active_is_nothing_to_an_active_key(self, alice: Mixpeek) -> None:
        alice.made("ci")
        assert done(alice.update("ci", status="active"))["status"] == "active"

    def test_active_enables_a_disabled_key(self, alice: Mixpeek, tenant: Tenant) -> None:
        native(tenant, hold="disabled")
        assert alice.shown("n")["status"] == "revoked"
        assert done(alice.update("n", status="active"))["status"] == "active"

    @pytest.mark.parametrize("hold", ["suspended", "pending_review", "maintenance"])
    def test_active_lifts_no_other_hold(self, alice: Mixpeek, tenant: Tenant, hold: str) -> None:
        native(tenant, hold=hold)
        assert code(alice.update("n", status="active")) == (400, "key_held")

    def test_revoked_revokes(self, alice: Mixpeek) -> None:
        made = alice.made("ci")
        after = done(alice.update("ci", status="revoked"))
        assert after["status"] == "revoked"
        assert after["revoked_at"] is not None
        assert Caller(alice.secret).verify(made["key"])["code"] == "revoked"

    def test_expired_ends_the_key_now(self, alice: Mixpeek) -> None:
        made = alice.made("ci", expires_at=FUTURE)
        after = done(alice.update("ci", status="expired"))
        assert after["status"] == "expired"
        assert after["expires_at"] < FUTURE
        assert Caller(alice.secret).verify(made["key"])["code"] == "expired"

    def test_expired_leaves_the_end_of_an_expired_key(self, alice: Mixpeek, tenant: Tenant) -> None:
        expired(tenant)
        assert done(alice.update("n", status="expired"))["expires_at"] == PAST

    @pytest.mark.parametrize("wanted", ["active", "expired"])
    def test_a_revoked_key_stays_revoked(self, alice: Mixpeek, tenant: Tenant, wanted: str) -> None:
        revoke_key(SYSTEM, native(tenant))
        assert alice.update("n", status=wanted).status == 400
        assert done(alice.update("n", status="revoked"))["status"] == "revoked"

    def test_an_expired_key_is_not_activated(self, alice: Mixpeek, tenant: Tenant) -> None:
        expired(tenant)
        assert code(alice.update("n", status="active")) == (400, "key_terminal")
        assert done(alice.update("n", status="revoked"))["status"] == "revoked"

    @pytest.mark.parametrize(("hold", "wanted"), [(None, "revoked"), ("disabled", "active")])
    def test_to_revoke_or_enable_takes_the_scope_for_it(
        self, tenant: Tenant, hold: str | None, wanted: str
    ) -> None:
        writer = hired(tenant, "api_keys:write", "api_keys:read")
        public_id = native(tenant, hold=hold)
        assert code(writer.update("n", status=wanted)) == (403, "insufficient_scope")
        key = ApiKey.objects.get(public_id=public_id)
        assert (key.hold, key.revoked_at) == (hold, None)
