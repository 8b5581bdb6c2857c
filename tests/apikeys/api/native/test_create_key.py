"""`POST /api_keys`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apikeys.domain import minting
from apikeys.domain.attributes import ATTRIBUTES, Written
from apikeys.models import ApiKey, AuditEvent
from tests.apikeys.chosen import CHOSEN
from tests.calling import Caller

SHOWN = {name for name, attribute in ATTRIBUTES.items() if attribute.shown}
NEVER = sorted(name for name, it in ATTRIBUTES.items() if it.written is Written.NEVER)


def test_a_name_is_enough(alice: Caller) -> None:
    answer = alice.post("/api_keys", {"name": "first"})
    assert answer.status == 201
    assert answer.body.keys() == SHOWN | {"secret"}


def test_what_is_not_given_is_the_default_of_the_table(alice: Caller) -> None:
    issued = alice.issue("plain")
    told = {
        name: list(it.default) if isinstance(it.default, tuple) else it.default
        for name, it in ATTRIBUTES.items()
        if it.shown and it.written is not Written.NEVER
    }
    own = {"name": "plain", "tenant": alice.tenant_id, "subject": alice.tenant_id}
    assert {name: issued[name] for name in told} == {**told, **own, "created_by": alice.key_id}


def test_a_new_key_is_active_and_unused(alice: Caller) -> None:
    issued = alice.issue()
    counters = (
        "total_requests",
        "total_errors",
        "successful_requests_count",
    )
    assert issued["status"] == "active"
    assert [issued[name] for name in counters] == [0, 0, 0]
    assert (issued["endpoint_usage"], issued["error_rates"], issued["recent_errors"]) == (
        {},
        {},
        [],
    )
    assert issued["last_used_at"] is issued["success_rate"] is None


def test_every_writable_attribute_is_kept_as_it_was_given(alice: Caller) -> None:
    creatable = {
        name
        for name, it in ATTRIBUTES.items()
        if it.shown and it.written is not Written.NEVER and not it.holder
    }
    assert CHOSEN.keys() | {"expires_at", "requires_client_secret"} == creatable
    issued = alice.issue(CHOSEN["name"], **{k: v for k, v in CHOSEN.items() if k != "name"})
    assert {name: issued[name] for name in CHOSEN} == CHOSEN
    read = alice.get(f"/api_keys/{issued['id']}").body
    assert {name: read[name] for name in CHOSEN} == CHOSEN


def test_the_secret_is_of_the_published_pattern_and_shown_this_once(alice: Caller) -> None:
    issued = alice.issue(environment="test")
    secret = issued["secret"]
    assert minting.checksum_holds(secret)
    assert secret.startswith("ks_test_")
    assert (issued["key_prefix"], issued["key_hint"]) == (secret[:10], secret[-4:])
    assert secret not in alice.get(f"/api_keys/{issued['id']}").content.decode()
    assert secret not in alice.get("/api_keys").content.decode()


def test_an_answer_with_a_secret_is_not_to_be_stored(alice: Caller) -> None:
    assert alice.post("/api_keys", {"name": "a"}).headers["Cache-Control"] == "no-store"


def test_ids_tell_their_type_and_times_are_utc(alice: Caller) -> None:
    issued = alice.issue()
    assert issued["id"].startswith("key_")
    assert issued["tenant"].startswith("org_")
    assert issued["created_at"].endswith("Z")
    age = datetime.now(UTC) - datetime.fromisoformat(issued["created_at"])
    assert age < timedelta(minutes=1)


def test_a_test_key_says_so(alice: Caller) -> None:
    assert alice.issue(environment="test")["is_test_key"] is True
    assert alice.issue()["is_test_key"] is False


def test_names_need_not_be_unique(alice: Caller) -> None:
    assert alice.issue("same")["id"] != alice.issue("same")["id"]


def test_the_prefix_can_be_chosen_by_call_and_by_tenant(alice: Caller, root: Caller) -> None:
    assert alice.issue(prefix="ak")["secret"].startswith("ak_live_")
    root.patch(f"/tenants/{alice.tenant_id}", {"secret_prefix": "sk"})
    assert alice.issue()["secret"].startswith("sk_live_")
    assert alice.issue(prefix="ak")["secret"].startswith("ak_live_")


def test_seconds_until_expiration_become_a_time(alice: Caller) -> None:
    issued = alice.issue(seconds_until_expiration=3600)
    made, ends = (datetime.fromisoformat(issued[name]) for name in ("created_at", "expires_at"))
    assert ends - made == timedelta(hours=1)
    assert "seconds_until_expiration" not in issued


def test_an_end_with_another_offset_is_told_in_utc(alice: Caller) -> None:
    issued = alice.issue(expires_at="2090-01-01T02:00:00+02:00")
    assert issued["expires_at"] == "2090-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"expires_at": "2001-01-01T00:00:00Z"}, {("/expires_at", "in_the_past")}),
        (
            {"expires_at": "2090-01-01T00:00:00Z", "seconds_until_expiration": 5},
            {("/seconds_until_expiration", "conflict")},
        ),
        ({"seconds_until_expiration": 0}, {("/seconds_until_expiration", "out_of_range")}),
        ({"scopes": ["a", 7]}, {("/scopes/1", "not_text")}),
        ({"permissions": ["own"]}, {("/permissions/0", "unknown_choice")}),
        ({"resource_scopes": [{"resource_type": "a"}]}, {("/resource_scopes/0", "required")}),
        ({"key_type": "root"}, {("/key_type", "unknown_choice")}),
        ({"environment": "staging"}, {("/environment", "unknown_choice")}),
        ({"allowed_ips": ["10.0.0.1/8"]}, {("/allowed_ips/0", "invalid_text")}),
        ({"enforce_https": "yes"}, {("/enforce_https", "not_boolean")}),
        ({"max_staleness_seconds": 61}, {("/max_staleness_seconds", "out_of_range")}),
        ({"credits": 1.5}, {("/credits", "not_integer")}),
        ({"cost_per_request": 0.1}, {("/cost_per_request", "not_decimal")}),
        ({"quota_alert_threshold": 80}, {("/quota_alert_threshold", "out_of_range")}),
        ({"prefix": "A!"}, {("/prefix", "invalid_text")}),
        ({"subject": None}, {("/subject", "null")}),
        ({"nmae": "b"}, {("/nmae", "unknown_field")}),
        ({"secret": "mine"}, {("/secret", "unknown_field")}),
        ({"name": "nul\0"}, {("/name", "invalid_characters")}),
        ({"name": "bell\a"}, {("/name", "invalid_text")}),
        (
            {"hold": "resting", "tags": "one"},
            {("/hold", "unknown_choice"), ("/tags", "not_list")},
        ),
    ],
)
def test_bad_fields_are_named_all_at_once_and_nothing_is_made(
    alice: Caller, body: dict[str, Any], wrong: set[tuple[str, str]]
) -> None:
    answer = alice.post("/api_keys", {"name": "a", **body})
    assert (answer.status, answer.code, answer.errors) == (400, "invalid_input", wrong)
    assert ApiKey.objects.filter(name="a").count() == 0


def test_the_name_is_required(alice: Caller) -> None:
    answer = alice.post("/api_keys", {})
    assert (answer.status, answer.errors) == (400, {("/name", "required")})


@pytest.mark.parametrize("name", NEVER)
def test_what_the_service_keeps_is_refused_in_a_body(alice: Caller, name: str) -> None:
    answer = alice.post("/api_keys", {"name": "a", name: None})
    assert (answer.status, answer.errors) == (400, {(f"/{name}", "read_only")})


def test_two_spellings_of_signing_are_kept_apart(alice: Caller) -> None:
    issued = alice.issue(require_request_signing=True)
    assert (issued["enforce_signing"], issued["require_request_signing"]) == (False, True)


def test_no_rule_and_a_rule_that_allows_nothing_are_kept_apart(alice: Caller) -> None:
    issued = alice.issue(allowed_ips=None, allowed_origins=[])
    assert (issued["allowed_ips"], issued["allowed_origins"]) == (None, [])


def test_a_certificate_hash_in_hex_is_told_in_base64url(alice: Caller) -> None:
    issued = alice.issue(client_certificate_hash="00" * 32)
    assert issued["client_certificate_hash"] == "A" * 43


def test_claims_and_metadata_are_never_normalised(alice: Caller) -> None:
    given = {"b": "e\u0301\n\t", "a": [1.0, 1, "1"]}
    issued = alice.issue(claims=given, metadata=given)
    assert issued["claims"] == issued["metadata"] == given
    assert list(issued["claims"]) == ["b", "a"]


def test_a_required_client_secret_is_shown_this_once(alice: Caller) -> None:
    issued = alice.issue(requires_client_secret=True)
    assert alice.verify(issued["secret"], client_secret=issued["client_secret"])["valid"]
    assert "client_secret" not in alice.get(f"/api_keys/{issued['id']}").body


class TestWhoMay:
    """Nobody gives what they do not hold, and nobody acts as somebody else."""

    def test_a_reader_may_not_issue(self, bob: Caller) -> None:
        answer = bob.post("/api_keys", {"name": "a"})
        assert (answer.status, answer.code) == (403, "insufficient_scope")

    def test_the_words_of_a_standard_key_are_free(self, alice: Caller) -> None:
        writer = alice.issue(key_type="management", scopes=["api_keys:write"])
        issued = Caller(writer["secret"]).issue(scopes=["*", "tenants:write", "whatever"])
        assert issued["scopes"] == ["*", "tenants:write", "whatever"]

    @pytest.mark.parametrize("scope", ["*", "api_keys:read", "tenants:write"])
    def test_a_management_key_gets_only_scopes_that_its_maker_holds(
        self, alice: Caller, scope: str
    ) -> None:
        writer = alice.issue(key_type="management", scopes=["api_keys:write", "usage:read"])
        asked = {"name": "a", "key_type": "management", "scopes": ["usage:read", scope]}
        answer = Caller(writer["secret"]).post("/api_keys", asked)
        assert (answer.status, answer.code) == (403, "grant_exceeds_holder")
        assert scope not in answer.body["detail"]
        assert ApiKey.objects.filter(name="a").count() == 0

    def test_a_management_key_takes_management_scopes_only(self, alice: Caller) -> None:
        asked = {"name": "a", "key_type": "management", "scopes": ["audit:read", "api_keys:*"]}
        answer = alice.post("/api_keys", asked)
        assert (answer.status, answer.errors) == (400, {("/scopes/1", "unknown_scope")})

    @pytest.mark.parametrize("field", ["tenant", "created_by"])
    def test_without_everything_nobody_names_tenant_or_maker(
        self, alice: Caller, field: str
    ) -> None:
        writer = alice.issue(key_type="management", scopes=["api_keys:write"])
        value = {"tenant": alice.tenant_id, "created_by": "somebody"}[field]
        answer = Caller(writer["secret"]).post("/api_keys", {"name": "a", field: value})
        assert (answer.status, answer.code) == (403, "insufficient_scope")

    def test_who_holds_everything_may_name_the_maker_and_the_own_tenant(
        self, alice: Caller
    ) -> None:
        issued = alice.issue(created_by="somebody", tenant=alice.tenant_id)
        assert (issued["created_by"], issued["tenant"]) == ("somebody", alice.tenant_id)

    def test_another_tenant_is_as_unknown_as_a_missing_one(
        self, alice: Caller, charlie: Caller
    ) -> None:
        foreign, missing = (
            alice.post("/api_keys", {"name": "a", "tenant": it}, x_request_id="same-for-both")
            for it in (charlie.tenant_id, "org_" + "0" * 27)
        )
        assert foreign == missing
        assert foreign.errors == {("/tenant", "not_found")}

    def test_the_root_key_makes_the_first_management_key_of_a_tenant(
        self, root: Caller, alice: Caller
    ) -> None:
        asked = {"tenant": alice.tenant_id, "key_type": "management", "scopes": ["*"]}
        issued = root.issue("first", **asked)
        assert (issued["tenant"], issued["subject"]) == (alice.tenant_id, alice.tenant_id)
        assert alice.get(f"/api_keys/{issued['id']}").status == 200

    def test_everything_in_one_tenant_is_nothing_in_another(
        self, root: Caller, alice: Caller
    ) -> None:
        second = root.issue("second", key_type="management", scopes=["*"])
        answer = Caller(second["secret"]).post(
            "/api_keys", {"name": "a", "tenant": alice.tenant_id}
        )
        assert answer.errors == {("/tenant", "not_found")}


def test_issuing_is_one_audit_event_that_names_the_caller_and_the_request(alice: Caller) -> None:
    issued = alice.post("/api_keys", {"name": "a"}, x_request_id="trace-12345").body
    event = AuditEvent.objects.get(object_id=issued["id"])
    assert (event.action, event.actor_kind, event.actor_id, event.ip, event.request_id) == (
        "key.issued",
        "management_key",
        alice.key_id,
        "127.0.0.1",
        "trace-12345",
    )
    assert issued["secret"] not in str(event.changes)
