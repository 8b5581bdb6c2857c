"""`POST /api_keys` with the hash of a key that was made elsewhere."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from apikeys.models import ApiKey
from tests.calling import Caller


class TestImport:
    """`import_hash`: the SHA-256 of a key that was issued elsewhere."""

    HASH = hashlib.sha256(b"issued elsewhere").hexdigest()

    def test_an_imported_key_verifies_with_the_secret_it_always_had(self, alice: Caller) -> None:
        issued = alice.issue(import_hash=self.HASH, key_prefix="issued els", key_hint="here")
        assert "secret" not in issued
        assert (issued["key_prefix"], issued["key_hint"]) == ("issued els", "here")
        assert alice.verify("issued elsewhere")["key"]["id"] == issued["id"]

    def test_the_hash_itself_is_no_credential(self, alice: Caller) -> None:
        alice.issue(import_hash=self.HASH)
        assert alice.verify(self.HASH)["code"] == "not_found"

    def test_one_hash_makes_one_key_in_whichever_tenant(
        self, alice: Caller, charlie: Caller
    ) -> None:
        alice.issue(import_hash=self.HASH)
        for caller in (alice, charlie):
            answer = caller.post("/api_keys", {"name": "again", "import_hash": self.HASH})
            assert (answer.status, answer.code) == (409, "already_imported")
        assert not ApiKey.objects.filter(name="again").exists()

    def test_a_minted_secret_cannot_be_imported_again(self, alice: Caller) -> None:
        known = hashlib.sha256(alice.issue()["secret"].encode()).hexdigest()
        answer = alice.post("/api_keys", {"name": "again", "import_hash": known})
        assert answer.status == 409

    @pytest.mark.parametrize(
        ("more", "wrong"),
        [
            ({"import_hash": "abc"}, ("/import_hash", "invalid_text")),
            ({"import_hash": HASH, "recoverable": True}, ("/recoverable", "conflict")),
            ({"import_hash": HASH, "prefix": "ak"}, ("/prefix", "conflict")),
            ({"key_prefix": "ks_live_ab"}, ("/key_prefix", "read_only")),
            ({"key_hint": "abcd"}, ("/key_hint", "read_only")),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, alice: Caller, more: dict[str, Any], wrong: tuple[str, str]
    ) -> None:
        answer = alice.post("/api_keys", {"name": "a", **more})
        assert (answer.status, answer.errors) == (400, {wrong})
