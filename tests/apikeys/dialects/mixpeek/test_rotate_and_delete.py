"""`POST …/rotate` and `DELETE …/api-keys/{key_name}`."""

from __future__ import annotations

import hashlib
from typing import Any

from apikeys.models import ApiKey, Tenant
from apikeys.operations import Actor, revise_key
from tests.apikeys.dialects.mixpeek.calling import EMAIL, Mixpeek, code, done, faults, key_at
from tests.calling import Caller
from tests.factories import minted

SYSTEM = Actor.system("tests")


def native(tenant: Tenant, **attributes: Any) -> str:
    key, _ = minted(**{"tenant": tenant.public_id, "subject": EMAIL, "name": "n", **attributes})
    return str(key.public_id)


class TestRotate:
    """A new secret under the same id."""

    def test_the_new_secret_is_shown_and_the_old_one_stops_at_once(self, alice: Mixpeek) -> None:
        made = alice.made("ci")
        rotated = done(alice.rotate("ci"))
        assert set(rotated) == set(made)
        assert rotated["key_id"] == made["key_id"]
        assert rotated["key_hash"] == hashlib.sha256(rotated["key"].encode()).hexdigest()
        assert rotated["status"] == "active"
        caller = Caller(alice.secret)
        assert caller.verify(rotated["key"])["valid"] is True
        assert caller.verify(made["key"])["valid"] is False

    def test_a_revoked_key_is_not_rotated(self, alice: Mixpeek) -> None:
        alice.made("ci")
        alice.delete("ci")
        assert code(alice.rotate("ci")) == (400, "key_revoked")

    def test_an_expired_key_is_not_rotated(self, alice: Mixpeek, tenant: Tenant) -> None:
        revise_key(SYSTEM, native(tenant), expires_at="2020-01-01T00:00:00Z")
        assert code(alice.rotate("n")) == (400, "key_terminal")

    def test_it_takes_no_fields(self, alice: Mixpeek) -> None:
        alice.made("ci")
        answer = alice.call("POST", f"{key_at('ci')}/rotate", {"grace_seconds": 60})
        assert faults(answer) == {("grace_seconds", "unknown_field")}

    def test_an_unknown_key_is_404(self, alice: Mixpeek) -> None:
        assert code(alice.rotate("nobody's")) == (404, "not_found")


class TestDelete:
    """Revokes."""

    def test_it_is_200_with_a_body_and_revokes(self, alice: Mixpeek) -> None:
        made = alice.made("ci")
        told = done(alice.delete("ci"))
        assert (set(told), told["success"]) == ({"message", "success"}, True)
        shown = alice.shown("ci")
        assert shown["status"] == "revoked"
        assert shown["revoked_at"].endswith("Z")
        assert shown["revoked_by"] is not None
        assert Caller(alice.secret).verify(made["key"])["code"] == "revoked"

    def test_repeating_it_changes_nothing(self, alice: Mixpeek) -> None:
        alice.made("ci")
        alice.delete("ci")
        before = alice.shown("ci")
        done(alice.delete("ci"))
        assert alice.shown("ci") == before

    def test_a_key_that_applications_use_is_kept_and_they_are_named(
        self, alice: Mixpeek, tenant: Tenant
    ) -> None:
        public_id = native(tenant, approved_integrations=["shop", "blog"])
        for query in ({}, {"force": "false"}):
            answer = alice.delete("n", **query)
            assert code(answer) == (409, "key_in_use")
            assert "shop, blog" in answer.body["error"]["message"]
        assert ApiKey.objects.get(public_id=public_id).revoked_at is None
        done(alice.delete("n", force="true"))
        assert ApiKey.objects.get(public_id=public_id).revoked_at is not None
        done(alice.delete("n"))

    def test_force_is_a_boolean(self, alice: Mixpeek) -> None:
        alice.made("ci")
        assert faults(alice.delete("ci", force="yes")) == {("force", "not_boolean")}

    def test_it_takes_no_fields(self, alice: Mixpeek) -> None:
        alice.made("ci")
        answer = alice.call("DELETE", key_at("ci"), {"reason": "x"})
        assert faults(answer) == {("reason", "unknown_field")}

    def test_the_last_root_credential_stays(self, db: None) -> None:
        from apikeys.operations.root import ensure_root_key

        secret = ensure_root_key()
        assert secret is not None
        root = ApiKey.objects.get(is_root=True)
        answer = Mixpeek(secret.reveal()).delete(root.public_id, user=root.subject)
        assert code(answer) == (409, "last_root_credential")


class TestAdminKey:
    """The key of that name is not for this dialect to touch."""

    def test_it_is_neither_changed_nor_rotated_nor_deleted(self, alice: Mixpeek) -> None:
        made = alice.made("admin-key")
        for name in ("admin-key", made["key_id"]):
            answers = [alice.update(name), alice.rotate(name), alice.delete(name, force="true")]
            assert {code(answer) for answer in answers} == {(403, "key_protected")}
        assert alice.shown("admin-key") == {
            name: value for name, value in made.items() if name != "key"
        }

    def test_to_others_it_is_missing_as_ever(self, alice: Mixpeek, charlie: Mixpeek) -> None:
        alice.made("admin-key")
        assert code(charlie.delete("admin-key")) == (404, "not_found")
