"""`DELETE /api_keys/{id}` and `POST /api_keys/{id}/restore`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apikeys.models import ApiKey, AuditEvent
from apikeys.operations.reaching import utc_now
from tests.apikeys.api.native.conftest import SameAsMissing
from tests.calling import Caller


def test_a_deleted_key_is_gone_for_reading_and_verifying(alice: Caller) -> None:
    issued = alice.issue()
    path = f"/api_keys/{issued['id']}"
    answer = alice.delete(path)
    assert (answer.status, answer.content) == (204, b"")
    verdict = alice.verify(issued["secret"])
    assert (verdict["code"], verdict["key"]) == ("not_found", None)
    assert alice.get(path).status == 404


def test_every_call_on_a_deleted_key_but_restore_is_404(alice: Caller) -> None:
    path = f"/api_keys/{alice.issue(recoverable=True)['id']}"
    alice.delete(path)
    calls = [("PATCH", path), ("DELETE", path)]
    calls += [
        ("POST", f"{path}/{verb}") for verb in ("revoke", "disable", "enable", "rotate", "secret")
    ]
    for method, target in calls:
        assert alice.call(method, target, {}).status == 404, target


def test_a_restored_key_is_as_it_was(alice: Caller) -> None:
    issued = alice.issue(tags=["a"], hold="deprecated")
    alice.delete(f"/api_keys/{issued['id']}")
    answer = alice.post(f"/api_keys/{issued['id']}/restore", {"reason": "by mistake"})
    assert answer.status == 200
    changed = {name for name, value in answer.body.items() if value != issued[name]}
    assert changed == {"updated_at"}
    assert alice.verify(issued["secret"])["valid"]


def test_a_restored_key_that_was_revoked_stays_revoked(alice: Caller) -> None:
    issued = alice.issue()
    path = f"/api_keys/{issued['id']}"
    alice.post(f"{path}/revoke")
    alice.delete(path)
    assert alice.post(f"{path}/restore").body["status"] == "revoked"
    assert alice.verify(issued["secret"])["code"] == "revoked"


def test_what_is_not_deleted_cannot_be_restored(alice: Caller) -> None:
    answer = alice.post(f"/api_keys/{alice.issue()['id']}/restore")
    assert (answer.status, answer.code) == (409, "not_deleted")


def test_after_the_retention_time_it_is_too_late(alice: Caller) -> None:
    issued = alice.issue()
    alice.delete(f"/api_keys/{issued['id']}")
    ApiKey.objects.filter(public_id=issued["id"]).update(
        deleted_at=utc_now() - timedelta(days=30, seconds=1)
    )
    answer = alice.post(f"/api_keys/{issued['id']}/restore")
    assert (answer.status, answer.code) == (409, "retention_over")


def test_each_is_one_audit_event(alice: Caller) -> None:
    issued = alice.issue()
    alice.delete(f"/api_keys/{issued['id']}")
    alice.post(f"/api_keys/{issued['id']}/restore", {"reason": "by mistake"})
    found = AuditEvent.objects.filter(object_id=issued["id"]).order_by("sequence")
    assert [(str(event.action), event.reason) for event in found] == [
        ("key.issued", ""),
        ("key.deleted", ""),
        ("key.restored", "by mistake"),
    ]


@pytest.mark.parametrize("body", [{"reason": "x"}, {"force": True}])
def test_delete_takes_no_body(alice: Caller, body: dict[str, object]) -> None:
    path = f"/api_keys/{alice.issue()['id']}"
    answer = alice.call("DELETE", path, body)
    assert answer.status == 400
    assert {code for _, code in answer.errors} == {"unknown_field"}
    assert alice.get(path).status == 200


class TestWhoMay:
    """Both need `api_keys:write`; restoring gives scopes anew, so they must be held."""

    def test_a_reader_may_not(self, alice: Caller, bob: Caller) -> None:
        issued = alice.issue()
        assert bob.delete(f"/api_keys/{issued['id']}").status == 403
        alice.delete(f"/api_keys/{issued['id']}")
        assert bob.post(f"/api_keys/{issued['id']}/restore").status == 403

    def test_another_tenants_key_is_byte_for_byte_a_missing_one(
        self, alice: Caller, same_answer_as_missing: SameAsMissing
    ) -> None:
        issued = alice.issue()
        assert same_answer_as_missing("DELETE", "/api_keys/{id}", issued["id"])
        assert same_answer_as_missing("POST", "/api_keys/{id}/restore", issued["id"])
        alice.delete(f"/api_keys/{issued['id']}")
        assert same_answer_as_missing("POST", "/api_keys/{id}/restore", issued["id"])

    def test_a_management_key_is_restored_only_by_who_holds_its_scopes(self, alice: Caller) -> None:
        strong = alice.issue(key_type="management", scopes=["tenants:write"])
        writer = Caller(alice.issue(key_type="management", scopes=["api_keys:write"])["secret"])
        alice.delete(f"/api_keys/{strong['id']}")
        answer = writer.post(f"/api_keys/{strong['id']}/restore")
        assert (answer.status, answer.code) == (403, "grant_exceeds_holder")
        assert alice.post(f"/api_keys/{strong['id']}/restore").status == 200

    def test_the_last_credential_with_everything_cannot_be_deleted(self, root: Caller) -> None:
        answer = root.delete(f"/api_keys/{root.key_id}")
        assert (answer.status, answer.code) == (409, "last_root_credential")
        assert root.get(f"/api_keys/{root.key_id}").status == 200

    def test_a_root_key_that_was_deleted_comes_back_as_an_ordinary_one(
        self, root: Caller, alice: Caller
    ) -> None:
        second = Caller(root.issue("second", key_type="management", scopes=["*"])["secret"])
        assert root.delete(f"/api_keys/{root.key_id}").status == 204
        assert second.post(f"/api_keys/{root.key_id}/restore").status == 200
        assert root.get(f"/api_keys/{alice.key_id}").status == 404
