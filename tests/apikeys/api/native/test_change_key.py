"""`PATCH /api_keys/{id}`."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.domain.attributes import ATTRIBUTES, Written
from apikeys.models import AuditEvent
from tests.apikeys.api.native.conftest import SameAsMissing
from tests.apikeys.chosen import CHOSEN
from tests.calling import Answer, Caller

NOT_LATER = sorted(name for name, it in ATTRIBUTES.items() if it.written is Written.CREATION)
NEVER = sorted(name for name, it in ATTRIBUTES.items() if it.written is Written.NEVER)
LATER = {
    name: value for name, value in CHOSEN.items() if ATTRIBUTES[name].written is Written.ALWAYS
}


def events(key_id: str) -> list[str]:
    found = AuditEvent.objects.filter(object_id=key_id).order_by("sequence")
    return [str(event.action) for event in found]


def test_only_what_is_named_changes(alice: Caller) -> None:
    issued = alice.issue(tags=["a"], allowed_ips=["10.0.0.0/8"])
    answer = alice.patch(f"/api_keys/{issued['id']}", {"description": "new"})
    assert answer.status == 200
    changed = {name for name, value in answer.body.items() if value != issued[name]}
    assert changed == {"description", "updated_at"}
    assert answer.body == alice.get(f"/api_keys/{issued['id']}").body


def test_every_attribute_that_may_be_written_later_can_be(alice: Caller) -> None:
    issued = alice.issue()
    answer = alice.patch(f"/api_keys/{issued['id']}", LATER)
    assert answer.status == 200
    read = alice.get(f"/api_keys/{issued['id']}").body
    assert {name: read[name] for name in LATER} == LATER


def test_every_attribute_can_be_set_back_to_its_default(alice: Caller) -> None:
    issued = alice.issue(**{k: v for k, v in CHOSEN.items() if k != "name"}, tenant=alice.tenant_id)
    defaults = {
        name: list(it.default) if isinstance(it.default, tuple) else it.default
        for name, it in ATTRIBUTES.items()
        if it.written is Written.ALWAYS and name not in ("name", "subject")
    }
    answer = alice.patch(f"/api_keys/{issued['id']}", defaults)
    assert answer.status == 200
    assert {name: answer.body[name] for name in defaults} == defaults


@pytest.mark.parametrize("name", NOT_LATER)
def test_what_is_set_at_creation_stays(alice: Caller, name: str) -> None:
    answer = alice.patch(f"/api_keys/{alice.issue()['id']}", {name: None})
    assert (answer.status, answer.errors) == (400, {(f"/{name}", "set_at_creation")})


@pytest.mark.parametrize("name", NEVER)
def test_what_the_service_keeps_stays(alice: Caller, name: str) -> None:
    answer = alice.patch(f"/api_keys/{alice.issue()['id']}", {name: 1})
    assert (answer.status, answer.errors) == (400, {(f"/{name}", "read_only")})


def test_one_bad_field_leaves_all_others_as_they_were(alice: Caller) -> None:
    issued = alice.issue()
    body = {"description": "new", "tags": ["a"], "allowed_ips": ["nonsense"]}
    answer = alice.patch(f"/api_keys/{issued['id']}", body)
    assert (answer.status, answer.errors) == (400, {("/allowed_ips/0", "invalid_text")})
    read = alice.get(f"/api_keys/{issued['id']}").body
    assert read == {name: value for name, value in issued.items() if name != "secret"}
    assert events(issued["id"]) == ["key.issued"]


def test_a_change_is_one_audit_event_with_old_and_new(alice: Caller) -> None:
    issued = alice.issue(tags=["a"], metadata={"private": 1})
    alice.patch(f"/api_keys/{issued['id']}", {"tags": ["b"], "metadata": {"private": 2}})
    event = AuditEvent.objects.get(object_id=issued["id"], action="key.revised")
    assert event.changes == {"tags": [["a"], ["b"]], "metadata": "changed"}


@pytest.mark.parametrize("body", [{}, {"description": ""}, {"tags": ["a"]}])
def test_a_change_to_what_is_already_so_is_none(alice: Caller, body: dict[str, Any]) -> None:
    path = f"/api_keys/{alice.issue(tags=['a'])['id']}"
    before = alice.get(path)
    answer = alice.patch(path, body)
    assert (answer.status, answer.body) == (200, before.body)
    assert answer.headers["ETag"] == before.headers["ETag"]
    assert events(before.body["id"]) == ["key.issued"]


@pytest.mark.parametrize(
    ("hold", "status", "code"),
    [
        ("disabled", "disabled", "disabled"),
        ("suspended", "suspended", "suspended"),
        ("pending_verification", "pending_verification", "pending"),
        ("pending_review", "pending_review", "pending"),
        ("maintenance", "maintenance", "maintenance"),
        ("deprecated", "deprecated", "valid"),
        (None, "active", "valid"),
    ],
)
def test_a_hold_takes_effect_at_the_next_verify(
    alice: Caller, hold: str | None, status: str, code: str
) -> None:
    issued = alice.issue(hold="maintenance" if hold != "maintenance" else None)
    answer = alice.patch(f"/api_keys/{issued['id']}", {"hold": hold})
    assert (answer.body["hold"], answer.body["status"]) == (hold, status)
    assert alice.verify(issued["secret"])["code"] == code


def test_labels_follow_their_attribute(alice: Caller) -> None:
    issued = alice.issue(tags=["old"], scopes=["old:read"])
    alice.patch(f"/api_keys/{issued['id']}", {"tags": ["new"], "scopes": ["new:read"]})

    def hits(**query: str) -> int:
        return len(alice.get("/api_keys", query).body["results"])

    assert (hits(tag="old"), hits(tag="new")) == (0, 1)
    assert (hits(scope="old:read"), hits(scope="new:read")) == (0, 1)


def test_a_revoked_key_cannot_be_changed(alice: Caller) -> None:
    path = f"/api_keys/{alice.issue()['id']}"
    alice.post(f"{path}/revoke")
    answer = alice.patch(path, {"description": "new"})
    assert (answer.status, answer.code) == (409, "key_revoked")


def test_rules_over_several_fields_see_what_is_stored(alice: Caller) -> None:
    refilled = {
        "credits": 5,
        "credits_refill_amount": 5,
        "credits_refill_interval": "daily",
    }
    issued = alice.issue(**refilled)
    answer = alice.patch(f"/api_keys/{issued['id']}", {"credits_refill_interval": None})
    assert answer.errors == {("/credits_refill_interval", "incomplete")}


class TestClientSecret:
    """`requires_client_secret` makes a second secret, shown in the answer that sets it."""

    def test_it_is_shown_once_and_must_then_be_presented(self, alice: Caller) -> None:
        issued = alice.issue()
        answer = alice.patch(f"/api_keys/{issued['id']}", {"requires_client_secret": True})
        assert alice.verify(issued["secret"])["code"] == "client_secret_required"
        given = answer.body["client_secret"]
        assert alice.verify(issued["secret"], client_secret=given)["valid"]
        again = alice.patch(f"/api_keys/{issued['id']}", {"requires_client_secret": True})
        assert "client_secret" not in again.body

    def test_the_answer_that_shows_it_is_not_to_be_stored(self, alice: Caller) -> None:
        path = f"/api_keys/{alice.issue()['id']}"
        answer = alice.patch(path, {"requires_client_secret": True})
        assert answer.headers["Cache-Control"] == "no-store"

    def test_a_requirement_that_is_dropped_and_set_again_makes_a_new_one(
        self, alice: Caller
    ) -> None:
        issued = alice.issue(requires_client_secret=True)
        path = f"/api_keys/{issued['id']}"
        alice.patch(path, {"requires_client_secret": False})
        assert alice.verify(issued["secret"])["valid"]
        alice.patch(path, {"requires_client_secret": True})
        verdict = alice.verify(issued["secret"], client_secret=issued["client_secret"])
        assert verdict["code"] == "client_secret_invalid"


class TestWhoMay:
    """Changing needs `api_keys:write`, and nobody gives what they do not hold."""

    def test_a_reader_may_not(self, alice: Caller, bob: Caller) -> None:
        answer = bob.patch(f"/api_keys/{alice.issue()['id']}", {"description": "mine"})
        assert (answer.status, answer.code) == (403, "insufficient_scope")

    def test_another_tenants_key_is_byte_for_byte_a_missing_one(
        self, alice: Caller, same_answer_as_missing: SameAsMissing
    ) -> None:
        issued = alice.issue()
        body = {"description": "mine"}
        assert same_answer_as_missing("PATCH", "/api_keys/{id}", issued["id"], body)
        assert events(issued["id"]) == ["key.issued"]

    @pytest.mark.parametrize("scopes", [["*"], ["api_keys:write", "tenants:write"]])
    def test_a_writer_cannot_raise_a_management_key_above_itself(
        self, alice: Caller, scopes: list[str]
    ) -> None:
        writer = alice.issue(key_type="management", scopes=["api_keys:write"])
        answer = Caller(writer["secret"]).patch(f"/api_keys/{writer['id']}", {"scopes": scopes})
        assert (answer.status, answer.code) == (403, "grant_exceeds_holder")
        assert alice.get(f"/api_keys/{writer['id']}").body["scopes"] == ["api_keys:write"]

    def test_a_scope_that_is_no_management_scope_is_refused(self, alice: Caller) -> None:
        writer = alice.issue(key_type="management", scopes=["api_keys:write"])
        answer = alice.patch(f"/api_keys/{writer['id']}", {"scopes": ["orders:read"]})
        assert answer.errors == {("/scopes/0", "unknown_scope")}


class TestTheLastCredentialWithEverything:
    """In the default tenant one credential with `*` always stands."""

    @pytest.mark.parametrize(
        "body",
        [
            {"scopes": ["api_keys:read"]},
            {"hold": "disabled"},
            {"hold": "maintenance"},
            {"expires_at": "2001-01-01T00:00:00Z"},
        ],
    )
    def test_it_cannot_be_changed_away(self, root: Caller, body: dict[str, Any]) -> None:
        answer = root.patch(f"/api_keys/{root.key_id}", body)
        assert (answer.status, answer.code) == (409, "last_root_credential")
        assert root.get(f"/api_keys/{root.key_id}").body["status"] == "active"

    def test_with_a_second_one_it_can(self, root: Caller) -> None:
        second = root.issue("second", key_type="management", scopes=["*"])
        answer: Answer = root.patch(f"/api_keys/{second['id']}", {"scopes": ["audit:read"]})
        assert answer.status == 200
