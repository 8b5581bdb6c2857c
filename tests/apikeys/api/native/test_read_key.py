"""`GET /api_keys/{id}`."""

from __future__ import annotations

import pytest

from tests.apikeys.api.native.conftest import SameAsMissing
from tests.calling import Caller


def test_a_reader_reads_what_was_issued_but_the_secret(alice: Caller, bob: Caller) -> None:
    issued = alice.issue(recoverable=True, requires_client_secret=True)
    answer = bob.get(f"/api_keys/{issued['id']}")
    assert answer.status == 200
    assert answer.body == {
        name: value for name, value in issued.items() if name not in ("secret", "client_secret")
    }
    assert issued["secret"] not in answer.content.decode()


def test_a_sealed_copy_is_told_as_encrypted(alice: Caller) -> None:
    assert alice.issue(recoverable=True)["encrypted"] is True
    assert alice.issue()["encrypted"] is False


def test_head_is_get_without_a_body(alice: Caller) -> None:
    path = f"/api_keys/{alice.issue()['id']}"
    answer = alice.call("HEAD", path)
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["ETag"] == alice.get(path).headers["ETag"]


def test_the_root_key_reads_every_tenants(root: Caller, alice: Caller) -> None:
    assert root.get(f"/api_keys/{alice.key_id}").body["tenant"] == alice.tenant_id


def test_another_tenants_key_is_byte_for_byte_a_missing_one(
    alice: Caller, same_answer_as_missing: SameAsMissing
) -> None:
    assert same_answer_as_missing("GET", "/api_keys/{id}", alice.issue()["id"])


@pytest.mark.parametrize("word", ["x", "key_", "key_%00", "%F0%9F%94%91", "%FF", "a" * 300])
def test_any_other_word_is_a_missing_key(alice: Caller, word: str) -> None:
    missing = alice.get(f"/api_keys/key_{'0' * 32}", x_request_id="same-for-both")
    assert alice.get(f"/api_keys/{word}", x_request_id="same-for-both") == missing
    assert missing.status == 404


def test_an_upper_case_id_is_a_missing_key_on_every_database(alice: Caller) -> None:
    assert alice.get(f"/api_keys/{alice.key_id.upper()}").status == 404


def test_a_deleted_key_is_missing(alice: Caller) -> None:
    path = f"/api_keys/{alice.issue()['id']}"
    alice.delete(path)
    assert alice.get(path).status == 404


def test_a_revoked_key_can_still_be_read(alice: Caller) -> None:
    path = f"/api_keys/{alice.issue()['id']}"
    alice.post(f"{path}/revoke", {"reason": "leaked"})
    assert alice.get(path).body["status"] == "revoked"


def test_a_key_takes_no_parameters(alice: Caller) -> None:
    answer = alice.get(f"/api_keys/{alice.key_id}", {"fields": "id"})
    assert (answer.status, answer.errors) == (400, {("/fields", "unknown_parameter")})


def test_when_a_rotation_is_due_follows_from_the_last_one(alice: Caller) -> None:
    issued = alice.issue(rotation_frequency_days=1)
    assert issued["rotation_due_at"] > issued["created_at"]
    rotated = alice.post(f"/api_keys/{issued['id']}/rotate").body
    assert rotated["rotation_due_at"] > issued["rotation_due_at"]
    assert alice.issue()["rotation_due_at"] is None
