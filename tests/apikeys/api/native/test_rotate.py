"""`POST /api_keys/{id}/rotate`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from apikeys.domain import minting
from apikeys.models import AuditEvent
from apikeys.operations.reaching import utc_now
from tests.apikeys.api.native.conftest import SameAsMissing
from tests.calling import Answer, Caller


def rotate(caller: Caller, key_id: str, body: object = None) -> Answer:
    return caller.post(f"/api_keys/{key_id}/rotate", body)


def test_the_id_stays_and_the_secret_is_new(alice: Caller) -> None:
    issued = alice.issue(prefix="ak", environment="test")
    answer = rotate(alice, issued["id"], {"reason": "yearly"})
    assert answer.status == 200
    rotated = answer.body
    assert rotated["id"] == issued["id"]
    assert rotated["secret"] != issued["secret"]
    assert minting.checksum_holds(rotated["secret"])
    assert rotated["secret"].startswith("ak_test_")
    assert (rotated["key_prefix"], rotated["key_hint"]) == (
        rotated["secret"][:10],
        rotated["secret"][-4:],
    )
    assert rotated["last_rotation_reason"] == "yearly"
    assert rotated["last_rotated_at"] == rotated["updated_at"]


def test_without_a_grace_the_old_secret_ends_at_once(alice: Caller) -> None:
    issued = alice.issue()
    rotated = rotate(alice, issued["id"]).body
    assert rotated["previous_secret_expires_at"] == rotated["last_rotated_at"]
    assert alice.verify(issued["secret"])["code"] == "expired"
    assert alice.verify(rotated["secret"])["valid"]
    assert rotated["status"] == "active"


def test_both_secrets_are_valid_during_the_grace_and_one_afterwards(alice: Caller) -> None:
    issued = alice.issue()
    rotated = rotate(alice, issued["id"], {"grace_seconds": 3600}).body
    ends, began = (
        datetime.fromisoformat(rotated[name])
        for name in ("previous_secret_expires_at", "last_rotated_at")
    )
    assert ends - began == timedelta(hours=1)
    for secret in (issued["secret"], rotated["secret"]):
        verdict = alice.verify(secret)
        assert (verdict["valid"], verdict["key"]["status"]) == (True, "rotating")
    with time_machine.travel(ends, tick=False):
        assert alice.verify(issued["secret"])["code"] == "expired"
        verdict = alice.verify(rotated["secret"])
        assert (verdict["valid"], verdict["key"]["status"]) == (True, "active")


def test_a_second_rotation_can_end_the_grace_of_the_first(alice: Caller) -> None:
    issued = alice.issue()
    first = rotate(alice, issued["id"], {"grace_seconds": 3600}).body
    second = rotate(alice, issued["id"], {"grace_seconds": 0}).body
    told = {alice.verify(it["secret"])["code"] for it in (issued, first)}
    assert told == {"expired"}
    assert alice.verify(second["secret"])["valid"]


def test_a_second_rotation_never_lengthens_the_grace_of_the_first(alice: Caller) -> None:
    issued = alice.issue()
    first = rotate(alice, issued["id"], {"grace_seconds": 60}).body
    second = rotate(alice, issued["id"], {"grace_seconds": 3600}).body
    with time_machine.travel(utc_now() + timedelta(seconds=61), tick=False):
        codes = [alice.verify(it["secret"])["code"] for it in (issued, first, second)]
    assert codes == ["expired", "valid", "valid"]


def test_a_recoverable_key_gives_its_new_secret(alice: Caller) -> None:
    issued = alice.issue(recoverable=True)
    rotated = rotate(alice, issued["id"]).body
    read = alice.post(f"/api_keys/{issued['id']}/secret").body
    assert read == {"secret": rotated["secret"]}


def test_the_answer_is_the_key_the_secret_and_the_end_of_the_old(alice: Caller) -> None:
    issued = alice.issue()
    answer = rotate(alice, issued["id"])
    assert answer.body.keys() == issued.keys() | {"previous_secret_expires_at"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_one_audit_event_without_the_secret(alice: Caller) -> None:
    issued = alice.issue()
    rotated = rotate(alice, issued["id"], {"grace_seconds": 5, "reason": "leaked"}).body
    (event,) = AuditEvent.objects.filter(object_id=issued["id"], action="key.rotated")
    assert event.reason == "leaked"
    assert rotated["secret"] not in str(event.changes)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"grace_seconds": -1}, ("/grace_seconds", "out_of_range")),
        ({"grace_seconds": 366 * 86_400 + 1}, ("/grace_seconds", "out_of_range")),
        ({"grace_seconds": "60"}, ("/grace_seconds", "not_integer")),
        ({"grace_seconds": 1.5}, ("/grace_seconds", "not_integer")),
        ({"grace_seconds": True}, ("/grace_seconds", "not_integer")),
        ({"reason": []}, ("/reason", "not_text")),
        ({"secret": "mine"}, ("/secret", "unknown_field")),
    ],
)
def test_a_bad_body_changes_nothing(
    alice: Caller, body: dict[str, Any], wrong: tuple[str, str]
) -> None:
    issued = alice.issue()
    answer = rotate(alice, issued["id"], body)
    assert (answer.status, answer.errors) == (400, {wrong})
    assert alice.verify(issued["secret"])["valid"]


class TestWhoMay:
    """Rotating needs `api_keys:write`, and hands over whatever the key may do."""

    def test_a_reader_may_not(self, alice: Caller, bob: Caller) -> None:
        answer = rotate(bob, alice.issue()["id"])
        assert (answer.status, answer.code) == (403, "insufficient_scope")

    def test_a_management_key_is_rotated_only_by_who_holds_its_scopes(self, alice: Caller) -> None:
        strong = alice.issue(key_type="management", scopes=["audit:read"])
        writer = Caller(alice.issue(key_type="management", scopes=["api_keys:write"])["secret"])
        answer = rotate(writer, strong["id"])
        assert (answer.status, answer.code) == (403, "grant_exceeds_holder")
        assert alice.verify(strong["secret"])["valid"]

    def test_another_tenants_key_is_byte_for_byte_a_missing_one(
        self, alice: Caller, same_answer_as_missing: SameAsMissing
    ) -> None:
        issued = alice.issue()
        assert same_answer_as_missing("POST", "/api_keys/{id}/rotate", issued["id"])
        assert alice.verify(issued["secret"])["valid"]

    def test_a_rotated_root_key_is_still_the_root_key(self, root: Caller, alice: Caller) -> None:
        renewed = Caller(rotate(root, root.key_id).body["secret"])
        assert root.get("/api_keys").status == 401
        assert renewed.get(f"/api_keys/{alice.key_id}").status == 200


def test_a_replay_with_a_header_that_cannot_be_read_is_refused_like_the_first(
    alice: Caller,
) -> None:
    path = f"/api_keys/{alice.issue()['id']}/rotate"
    assert alice.post(path, {}, idempotency_key="k").status == 200
    assert alice.post(path, {}, idempotency_key="k", if_match="unquoted" * 40).status == 400
