"""`Idempotency-Key`: the same request twice is one request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apikeys.models import ApiKey, AuditEvent, IdempotentRequest, Tenant
from apikeys.operations.reaching import utc_now
from tests.calling import Answer, Caller

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def create(caller: Caller, body: object = None, key: str = KEY) -> Answer:
    return caller.post("/api_keys", body or {"name": "once"}, idempotency_key=key)


def test_a_replay_is_the_same_answer_with_its_secret_and_says_so(alice: Caller) -> None:
    first, second = create(alice), create(alice)
    assert (first.status, second.status) == (201, 201)
    assert second.body == first.body
    assert "secret" in second.body
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert ApiKey.objects.filter(name="once").count() == 1
    assert AuditEvent.objects.filter(object_id=first.body["id"]).count() == 1


def test_the_order_of_members_makes_no_other_request(alice: Caller) -> None:
    first = create(alice, {"name": "once", "tags": ["a"]})
    assert create(alice, {"tags": ["a"], "name": "once"}).body == first.body


def test_quoted_and_bare_are_one_key(alice: Caller) -> None:
    assert create(alice, key=f'"{KEY}"').body == create(alice).body


def test_after_ten_minutes_the_secret_is_gone(alice: Caller) -> None:
    first = create(alice, {"name": "once", "requires_client_secret": True})
    with time_machine.travel(utc_now() + timedelta(minutes=10, seconds=1), tick=False):
        late = create(alice, {"name": "once", "requires_client_secret": True})
    assert (late.status, late.headers["Idempotent-Replayed"]) == (201, "true")
    secrets = {"secret", "client_secret"}
    same = {name: value for name, value in first.body.items() if name not in secrets}
    assert late.body == {**same, "secret_available": False}


def test_after_a_day_it_is_a_new_request(alice: Caller) -> None:
    first = create(alice)
    with time_machine.travel(utc_now() + timedelta(days=1, seconds=1), tick=False):
        second = create(alice)
    assert second.body["id"] != first.body["id"]


def test_what_is_kept_for_the_replay_has_no_secret_in_clear(alice: Caller) -> None:
    secret = create(alice).body["secret"]
    row = IdempotentRequest.objects.get()
    assert secret not in f"{row.answer} {row.sealed} {row.fingerprint}"


def test_another_body_is_another_request(alice: Caller) -> None:
    create(alice)
    answer = create(alice, {"name": "twice"})
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert not ApiKey.objects.filter(name="twice").exists()


def test_while_the_first_is_running_the_second_is_told_so(alice: Caller) -> None:
    create(alice)
    IdempotentRequest.objects.update(status_code=None, claimed_at=utc_now())
    answer = create(alice)
    assert (answer.status, answer.code) == (409, "idempotency_in_progress")
    assert int(answer.headers["Retry-After"]) > 0


def test_who_died_is_taken_over(alice: Caller) -> None:
    create(alice)
    IdempotentRequest.objects.update(status_code=None, claimed_at=utc_now() - timedelta(minutes=2))
    assert create(alice).status == 201


def test_callers_do_not_share_keys(alice: Caller, bob: Caller, charlie: Caller) -> None:
    second = alice.issue("second", key_type="management", scopes=["*"])
    answers = [create(caller) for caller in (alice, charlie, Caller(second["secret"]))]
    assert len({answer.body["id"] for answer in answers}) == 3
    assert len({answer.body["secret"] for answer in answers}) == 3
    assert create(bob).status == 403


def test_a_caller_that_was_revoked_gets_no_replay(root: Caller, alice: Caller) -> None:
    create(alice)
    root.post(f"/api_keys/{alice.key_id}/revoke")
    assert create(alice).status == 401


def test_addresses_do_not_share_keys(alice: Caller) -> None:
    first, second = (alice.issue(name)["id"] for name in ("first", "second"))
    for key_id in (first, second):
        answer = alice.post(f"/api_keys/{key_id}/revoke", idempotency_key=KEY)
        assert answer.body["id"] == key_id


def test_a_refusal_is_not_remembered(alice: Caller) -> None:
    assert create(alice, {"name": "once", "tags": 7}).status == 400
    assert create(alice).status == 201


@pytest.mark.parametrize("verb", ["revoke", "disable", "enable", "rotate", "restore"])
def test_every_verb_is_done_once(alice: Caller, verb: str) -> None:
    issued = alice.issue(hold="disabled" if verb == "enable" else None)
    if verb == "restore":
        alice.delete(f"/api_keys/{issued['id']}")
    path, events = f"/api_keys/{issued['id']}/{verb}", AuditEvent.objects.count()
    first, second = (alice.post(path, {"reason": "a"}, idempotency_key=KEY) for _ in range(2))
    assert first.status == 200
    assert second.body == first.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert AuditEvent.objects.count() == events + 1


def test_a_tenant_is_made_once(root: Caller) -> None:
    answers = [root.post("/tenants", {"name": "Dora"}, idempotency_key=KEY) for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert Tenant.objects.filter(name="Dora").count() == 1


def test_a_replayed_rotation_shows_the_same_secret(alice: Caller) -> None:
    path = f"/api_keys/{alice.issue()['id']}/rotate"
    first, second = (alice.post(path, idempotency_key=KEY) for _ in range(2))
    assert alice.verify(second.body["secret"])["valid"]
    assert first.body["secret"] == second.body["secret"]


@pytest.mark.parametrize("key", ['""', "x" * 256, "a b", "ключ", '"a', "a,b"])
def test_a_key_that_cannot_be_one_is_refused(alice: Caller, key: str) -> None:
    answer = create(alice, key=key.encode().decode("latin-1"))
    assert (answer.status, answer.errors) == (
        400,
        {("/Idempotency-Key", "invalid_idempotency_key")},
    )


def test_without_the_field_every_request_counts(alice: Caller) -> None:
    bodies: list[dict[str, Any]] = [alice.issue("once") for _ in range(2)]
    assert bodies[0]["id"] != bodies[1]["id"]


def test_a_secret_is_no_key_because_keys_are_stored_as_they_come(alice: Caller) -> None:
    answer = create(alice, key=alice.secret)
    assert answer.status == 400
    assert answer.errors == {("/Idempotency-Key", "credential_as_key")}
    assert alice.secret not in answer.content.decode()
    assert not IdempotentRequest.objects.exists()
