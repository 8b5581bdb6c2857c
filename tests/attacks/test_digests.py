"""What the database holds of a secret is good for nothing: not as a key, not without the ring."""

from __future__ import annotations

import base64
import hashlib
import io
import secrets
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.db.models import QuerySet

from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, KeySecret, SealedSecret, Tenant
from apikeys.operations import Actor, Presentation, issue_key, read_secret, verify
from apikeys.operations.audit import verify_chain
from tests.calling import Caller

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()


def issued(**attributes: Any) -> tuple[ApiKey, Secret]:
    made = issue_key(SYSTEM, {"name": "x", **attributes})
    assert made.secret is not None
    return made.key, made.secret


def stored_forms(key: ApiKey, secret: Secret) -> dict[str, str]:
    """Whatever a thief of the database, or of somebody's list of digests, has of the secret."""
    row = KeySecret.objects.get(key=key)
    digest = bytes(row.digest)
    sha256 = hashlib.sha256(secret.reveal().encode())
    return {
        "the digest in hex": digest.hex(),
        "the digest in base64": base64.b64encode(digest).decode(),
        "the seal": row.fingerprint,
        "the recoverable seal": SealedSecret.objects.get(key=key).sealed or "",
        "SHA-256 in hex": sha256.hexdigest(),
        "SHA-256 in base64": base64.b64encode(sha256.digest()).decode(),
        "what is shown": f"{row.prefix}{row.hint}",
        "prefix and SHA-256": f"{row.prefix}.{sha256.hexdigest()}",
        "the id": key.public_id,
    }


FORMS = [
    "the digest in hex",
    "the digest in base64",
    "the seal",
    "the recoverable seal",
    "SHA-256 in hex",
    "SHA-256 in base64",
    "what is shown",
    "prefix and SHA-256",
    "the id",
]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_stored_of_a_secret_is_no_secret(form: str) -> None:
    key, secret = issued(key_type="management", scopes=["*"], recoverable=True)
    presented = stored_forms(key, secret)[form]
    assert verify(Presentation(Secret(presented))).outcome == "not_found"
    assert Caller(presented).get("/tenants").status == 401


@pytest.mark.parametrize("form", ["the digest in hex", "SHA-256 in hex"])
def test_importing_a_stolen_digest_gives_a_key_that_only_its_preimage_opens(form: str) -> None:
    key, secret = issued(recoverable=True)
    digest = stored_forms(key, secret)[form]
    if form == "SHA-256 in hex":
        caller = Caller(issued(key_type="management", scopes=["*"])[1].reveal())
        answer = caller.post("/api_keys", {"name": "y", "import_hash": digest})
        assert (answer.status, answer.code) == (409, "already_imported")
        return
    issue_key(SYSTEM, name="y", import_hash=digest)
    assert verify(Presentation(Secret(digest))).outcome == "not_found"
    verdict = verify(Presentation(secret))
    assert verdict.terms is not None
    assert verdict.terms.key_id == key.public_id


def test_a_dump_without_the_ring_opens_nothing(settings: Any) -> None:
    key, secret = issued(recoverable=True)
    settings.APIKEYS = {**settings.APIKEYS, "KEYS": secrets.token_urlsafe(32)}
    assert verify(Presentation(secret)).outcome == "not_found"
    with pytest.raises(Exception, match="not in the ring"):
        read_secret(SYSTEM, key.public_id)


@pytest.mark.django_db(transaction=True)
def test_a_dump_that_is_loaded_again_with_the_ring_is_the_same_service(tmp_path: Path) -> None:
    claims = {"plan": "gold", "limits": [1, 2.5, None, True], "text": '"quoted"'}
    key, secret = issued(
        recoverable=True, scopes=["a:b"], tags=["t"], claims=claims, allowed_ips=["192.0.2.0/24"]
    )
    issue_key(SYSTEM, name="claims of one word", claims="word")
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "apikeys", output=str(dump), stdout=io.StringIO())
    call_command("flush", interactive=False, verbosity=0)
    call_command("loaddata", str(dump), verbosity=0)
    verdict = verify(Presentation(secret, ip="192.0.2.7", scopes=("a:b",)))
    assert verdict.valid
    assert verdict.terms is not None
    assert (verdict.terms.claims, verdict.terms.tags) == (claims, ("t",))
    assert ApiKey.objects.get(name="claims of one word").claims == "word"
    assert read_secret(SYSTEM, key.public_id) == secret
    assert list(verify_chain(Tenant.objects.default())) == []


def test_a_verify_is_good_even_if_its_digest_cannot_be_brought_up_to_date(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a new root key was put in front, on a busy or read-only database."""
    _, secret = issued()
    both = f"{secrets.token_urlsafe(32)},{settings.APIKEYS['KEYS']}"
    settings.APIKEYS = {**settings.APIKEYS, "KEYS": both}

    def refuse(*_: object, **__: object) -> int:
        raise DatabaseError("attempt to write a readonly database")

    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "update", refuse)
        assert verify(Presentation(secret)).valid
    before = KeySecret.objects.get().pepper_id
    assert verify(Presentation(secret)).valid
    assert KeySecret.objects.get().pepper_id != before
