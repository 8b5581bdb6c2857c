"""`POST /api_keys/{id}/secret`: the secret of a recoverable key, read again."""

from __future__ import annotations

import pytest

from apikeys.models import AuditEvent
from tests.apikeys.api.native.conftest import SameAsMissing
from tests.calling import Answer, Caller


def read(caller: Caller, key_id: str) -> Answer:
    return caller.post(f"/api_keys/{key_id}/secret")


def test_a_recoverable_key_gives_its_secret_as_often_as_asked(alice: Caller) -> None:
    issued = alice.issue(recoverable=True)
    for _ in range(2):
        answer = read(alice, issued["id"])
        assert (answer.status, answer.body) == (200, {"secret": issued["secret"]})
        assert answer.headers["Cache-Control"] == "no-store"


def test_any_other_key_has_no_copy(alice: Caller) -> None:
    answer = read(alice, alice.issue()["id"])
    assert (answer.status, answer.code) == (409, "secret_not_recoverable")


def test_a_revoked_key_gives_none(alice: Caller) -> None:
    issued = alice.issue(recoverable=True)
    alice.post(f"/api_keys/{issued['id']}/revoke")
    assert (read(alice, issued["id"]).status, read(alice, issued["id"]).code) == (
        409,
        "key_revoked",
    )


def test_every_read_is_an_audit_event(alice: Caller) -> None:
    issued = alice.issue(recoverable=True)
    read(alice, issued["id"])
    event = AuditEvent.objects.get(action="secret.read")
    assert (event.object_id, event.actor_id) == (issued["id"], alice.key_id)
    assert issued["secret"] not in str(event.changes)


def test_reads_within_an_hour_are_limited(alice: Caller) -> None:
    issued = alice.issue(recoverable=True)
    statuses = [read(alice, issued["id"]).status for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    answer = read(alice, issued["id"])
    assert answer.code == "reveal_limit_reached"
    assert int(answer.headers["Retry-After"]) > 0
    assert AuditEvent.objects.filter(action="secret.read").count() == 10


def test_it_is_never_read_by_get(alice: Caller) -> None:
    issued = alice.issue(recoverable=True)
    answer = alice.get(f"/api_keys/{issued['id']}/secret")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_it_takes_no_body(alice: Caller) -> None:
    answer = alice.post(f"/api_keys/{alice.issue(recoverable=True)['id']}/secret", {"a": 1})
    assert (answer.status, answer.errors) == (400, {("/a", "unknown_field")})


class TestWhoMay:
    """It needs `api_keys:reveal`, and hands over whatever the key may do."""

    @pytest.mark.parametrize("scope", ["api_keys:read", "api_keys:write", "api_keys:revoke"])
    def test_no_other_scope_will_do(self, alice: Caller, scope: str) -> None:
        issued = alice.issue(recoverable=True)
        other = Caller(alice.issue(key_type="management", scopes=[scope])["secret"])
        answer = read(other, issued["id"])
        assert (answer.status, answer.code) == (403, "insufficient_scope")
        assert issued["secret"] not in answer.content.decode()

    def test_a_management_key_is_revealed_only_to_who_holds_its_scopes(self, alice: Caller) -> None:
        strong = alice.issue(key_type="management", scopes=["audit:read"], recoverable=True)
        revealer = Caller(alice.issue(key_type="management", scopes=["api_keys:reveal"])["secret"])
        answer = read(revealer, strong["id"])
        assert (answer.status, answer.code) == (403, "grant_exceeds_holder")

    def test_another_tenants_key_is_byte_for_byte_a_missing_one(
        self, alice: Caller, same_answer_as_missing: SameAsMissing
    ) -> None:
        issued = alice.issue(recoverable=True)
        assert same_answer_as_missing("POST", "/api_keys/{id}/secret", issued["id"])
