"""`POST /api_keys/{id}/revoke`, `/disable` and `/enable`."""

from __future__ import annotations

import pytest

from apikeys.models import AuditEvent
from tests.apikeys.api.native.conftest import SameAsMissing
from tests.calling import Caller

VERBS = ("revoke", "disable", "enable")


def trail(key_id: str) -> list[tuple[str, str]]:
    """Action and reason of every event behind the first."""
    found = AuditEvent.objects.filter(object_id=key_id).order_by("sequence")
    return [(str(event.action), event.reason) for event in found][1:]


class TestRevoke:
    """Revocation is final and in force when the answer is there."""

    def test_the_next_verify_says_revoked(self, alice: Caller) -> None:
        issued = alice.issue()
        answer = alice.post(f"/api_keys/{issued['id']}/revoke", {"reason": "leaked"})
        assert answer.status == 200
        told = {name: answer.body[name] for name in ("status", "revoked_by", "revocation_reason")}
        assert told == {
            "status": "revoked",
            "revoked_by": alice.key_id,
            "revocation_reason": "leaked",
        }
        assert answer.body["revoked_at"] == answer.body["updated_at"]
        verdict = alice.verify(issued["secret"])
        assert (verdict["valid"], verdict["code"]) == (False, "revoked")

    @pytest.mark.parametrize("body", [None, {}, {"reason": None}, {"reason": ""}])
    def test_a_reason_may_be_left_out(self, alice: Caller, body: object) -> None:
        answer = alice.post(f"/api_keys/{alice.issue()['id']}/revoke", body)
        assert (answer.status, answer.body["revocation_reason"]) == (200, None)

    def test_all_secrets_of_the_key_end(self, alice: Caller) -> None:
        issued = alice.issue()
        rotated = alice.post(f"/api_keys/{issued['id']}/rotate", {"grace_seconds": 600}).body
        alice.post(f"/api_keys/{issued['id']}/revoke")
        for secret in (issued["secret"], rotated["secret"]):
            assert alice.verify(secret)["code"] == "revoked"

    def test_a_second_one_changes_nothing(self, alice: Caller) -> None:
        path = f"/api_keys/{alice.issue()['id']}"
        first = alice.post(f"{path}/revoke", {"reason": "leaked"})
        second = alice.post(f"{path}/revoke", {"reason": "another"})
        assert (second.status, second.body) == (200, first.body)
        assert trail(first.body["id"]) == [("key.revoked", "leaked")]

    def test_it_cannot_be_undone(self, alice: Caller) -> None:
        path = f"/api_keys/{alice.issue()['id']}"
        alice.post(f"{path}/revoke")
        for verb in ("disable", "enable", "rotate"):
            answer = alice.post(f"{path}/{verb}")
            assert (answer.status, answer.code) == (409, "key_revoked"), verb


class TestDisableAndEnable:
    """One sets the hold `disabled`, the other clears it, and no other hold."""

    def test_disable_stops_and_enable_resumes(self, alice: Caller) -> None:
        issued = alice.issue()
        path = f"/api_keys/{issued['id']}"
        answer = alice.post(f"{path}/disable", {"reason": "holiday"})
        assert (answer.status, answer.body["status"], answer.body["hold"]) == (
            200,
            "disabled",
            "disabled",
        )
        assert alice.verify(issued["secret"])["code"] == "disabled"
        answer = alice.post(f"{path}/enable", {"reason": "back"})
        assert (answer.status, answer.body["status"], answer.body["hold"]) == (200, "active", None)
        assert alice.verify(issued["secret"])["valid"]
        assert trail(issued["id"]) == [("key.disabled", "holiday"), ("key.enabled", "back")]

    @pytest.mark.parametrize("hold", ["suspended", "pending_review", "maintenance", "deprecated"])
    def test_enable_leaves_a_hold_that_was_set_for_another_reason(
        self, alice: Caller, hold: str
    ) -> None:
        issued = alice.issue(hold=hold)
        answer = alice.post(f"/api_keys/{issued['id']}/enable")
        assert (answer.status, answer.body["hold"]) == (200, hold)
        assert trail(issued["id"]) == []

    def test_repeating_changes_nothing(self, alice: Caller) -> None:
        path = f"/api_keys/{alice.issue()['id']}"
        first = alice.post(f"{path}/disable")
        assert alice.post(f"{path}/disable").body == first.body
        assert trail(first.body["id"]) == [("key.disabled", "")]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"reason": 7}, ("/reason", "not_text")),
        ({"reason": "x" * 501}, ("/reason", "invalid_text")),
        ({"reason": "a", "force": True}, ("/force", "unknown_field")),
        ({"a/b~c": 1}, ("/a~1b~0c", "unknown_field")),
    ],
)
def test_a_bad_body_changes_nothing(
    alice: Caller, verb: str, body: dict[str, object], wrong: tuple[str, str]
) -> None:
    path = f"/api_keys/{alice.issue()['id']}"
    answer = alice.post(f"{path}/{verb}", body)
    assert (answer.status, answer.errors) == (400, {wrong})
    assert alice.get(path).body["status"] == "active"


@pytest.mark.parametrize("verb", VERBS)
class TestWhoMay:
    """All three need `api_keys:revoke`."""

    def test_a_writer_without_it_may_not(self, alice: Caller, verb: str) -> None:
        writer = alice.issue(key_type="management", scopes=["api_keys:read", "api_keys:write"])
        path = f"/api_keys/{alice.issue()['id']}"
        answer = Caller(writer["secret"]).post(f"{path}/{verb}")
        assert (answer.status, answer.code) == (403, "insufficient_scope")
        assert alice.get(path).body["status"] == "active"

    def test_nothing_else_is_needed(self, alice: Caller, verb: str) -> None:
        revoker = alice.issue(key_type="management", scopes=["api_keys:revoke"])
        path = f"/api_keys/{alice.issue()['id']}"
        assert Caller(revoker["secret"]).post(f"{path}/{verb}").status == 200

    def test_another_tenants_key_is_byte_for_byte_a_missing_one(
        self, alice: Caller, verb: str, same_answer_as_missing: SameAsMissing
    ) -> None:
        issued = alice.issue()
        assert same_answer_as_missing("POST", f"/api_keys/{{id}}/{verb}", issued["id"])
        assert trail(issued["id"]) == []

    def test_the_root_key_may_in_every_tenant(self, root: Caller, alice: Caller, verb: str) -> None:
        issued = alice.issue()
        assert root.post(f"/api_keys/{issued['id']}/{verb}").status == 200


@pytest.mark.parametrize("verb", ["revoke", "disable"])
class TestTheLastCredentialWithEverything:
    """In the default tenant one credential with `*` always stands; elsewhere none need to."""

    def test_the_root_key_alone_stays(self, root: Caller, verb: str) -> None:
        answer = root.post(f"/api_keys/{root.key_id}/{verb}")
        assert (answer.status, answer.code) == (409, "last_root_credential")
        assert root.get(f"/api_keys/{root.key_id}").body["status"] == "active"

    @pytest.mark.parametrize(
        "other",
        [
            {"hold": "maintenance"},
            {"scopes": ["api_keys:read"]},
            {"key_type": "standard"},
        ],
    )
    def test_a_credential_that_does_not_stand_for_it_does_not_count(
        self, root: Caller, verb: str, other: dict[str, object]
    ) -> None:
        root.issue("other", **{"key_type": "management", "scopes": ["*"], **other})
        assert root.post(f"/api_keys/{root.key_id}/{verb}").status == 409

    def test_with_a_second_one_the_root_key_may_go(self, root: Caller, verb: str) -> None:
        second = root.issue("second", key_type="management", scopes=["*"])
        assert root.post(f"/api_keys/{root.key_id}/{verb}").status == 200
        assert root.get("/api_keys").status == 401
        assert Caller(second["secret"]).post(f"/api_keys/{second['id']}/{verb}").status == 409

    def test_another_tenant_may_lose_its_last_one(self, alice: Caller, verb: str) -> None:
        assert alice.post(f"/api_keys/{alice.key_id}/{verb}").status == 200
        assert alice.get("/api_keys").status == 401


def test_a_caller_that_was_stopped_is_out_at_its_next_call(alice: Caller, bob: Caller) -> None:
    assert bob.get("/api_keys").status == 200
    alice.post(f"/api_keys/{bob.key_id}/disable")
    assert bob.get("/api_keys").status == 401
    alice.post(f"/api_keys/{bob.key_id}/enable")
    assert bob.get("/api_keys").status == 200
