"""Verify, reading a secret again, conflicts and breakdowns: each in a status that clients take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import override_settings

from apikeys.dialects.clerk import errors, views
from apikeys.domain.verdict import Outcome, Verdict
from apikeys.models import ApiKey
from apikeys.operations import Actor, revise_key, revise_tenant, rotate_secret, verify
from apikeys.operations.root import ensure_root_key
from tests.apikeys.dialects.clerk.calling import KEYS, Clerk, done, refused
from tests.apikeys.dialects.clerk.conftest import hired
from tests.factories import minted

MISSING = (404, "resource_not_found")
LATER = 429
REFUSING: tuple[Mapping[str, Any], ...] = (
    {"hold": "disabled"},
    {"hold": "maintenance"},
    {"allowed_ips": ["203.0.113.0/24"]},
    {"enforce_https": True},
    {"requires_client_secret": True},
    {"resource_scopes": []},
)


def breaks(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let every create break down."""

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(views, "issue_key", broken)


@pytest.mark.parametrize("outcome", Outcome)
def test_just_a_valid_key_is_let_through(outcome: Outcome) -> None:
    refusal = errors.refusal_for(Verdict(outcome))
    if outcome is Outcome.VALID:
        assert refusal is None
        return
    assert refusal is not None
    assert refusal.status == (503 if outcome is Outcome.UNDETERMINED else 404)
    assert refusal.status != 404 or refusal is errors.NO_SUCH_SECRET


def test_what_is_wrong_with_a_key_is_not_told(alice: Clerk, tenant: Any, charlie: Clerk) -> None:
    gone = alice.made()
    done(alice.delete(gone["id"]))
    revoked = alice.made()
    done(alice.revoke(revoked["id"]))
    secrets = [
        "ak_no_such_secret",
        gone["secret"],
        revoked["secret"],
        alice.made(seconds_until_expiration=0.001)["secret"],
        charlie.made()["secret"],
        *(minted(tenant=tenant.public_id, **rule)[1] for rule in REFUSING),
    ]
    told = {
        alice.call("POST", f"{KEYS}/verify", {"secret": it}, X_Request_ID="the-same-one").content
        for it in secrets
    }
    assert len(told) == 1
    for text in ("ak_no_such_secret", "s" * 513, "a\nb", f"ak_live_{'0' * 49}"):
        assert refused(alice.verify(text)) == MISSING


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"secret": None},
        {"secret": 1},
        {"secret": ""},
        {"secret": "x", "ip": "127.0.0.1"},
    ],
)
def test_a_body_without_a_secret_is_400(alice: Clerk, body: object) -> None:
    assert alice.call("POST", f"{KEYS}/verify", body).status == 400


def test_a_rotated_secret_is_good_during_its_grace(alice: Clerk, tenant: Any) -> None:
    made = alice.made()
    key_id = made["id"].replace("ak_", "key_")
    renewed = rotate_secret(Actor.system(), key_id, grace_seconds=60)
    assert done(alice.verify(made["secret"])) == done(alice.verify(renewed.secret.reveal()))


def test_what_cannot_be_decided_is_to_be_asked_again(
    alice: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    undetermined = Verdict(Outcome.UNDETERMINED, retry_after=7)
    monkeypatch.setattr(views, "verify", lambda *_, **__: undetermined)
    answer = alice.verify("ak_x")
    assert refused(answer) == (LATER, "undetermined")
    assert answer.headers["Retry-After"] == "7"


def test_a_key_that_ends_between_decision_and_answer_is_refused(
    alice: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = alice.made()

    def outrun(*args: Any, **options: Any) -> Verdict:
        verdict = verify(*args, **options)
        done(alice.revoke(made["id"]))
        return verdict

    monkeypatch.setattr(views, "verify", outrun)
    assert refused(alice.verify(made["secret"])) == MISSING


def test_a_database_that_is_down_is_no_5xx(alice: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, OperationalError("ks_live_canary"))
    answer = alice.create()
    assert refused(answer) == (LATER, "unavailable")
    assert b"canary" not in answer.content


def test_a_fault_of_ours_stays_one(alice: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(monkeypatch, ValueError("ks_live_canary"))
    answer = alice.create()
    assert refused(answer) == (500, "internal")
    assert b"canary" not in answer.content


def test_the_request_id_is_the_trace_id(alice: Clerk) -> None:
    answer = alice.call("GET", f"{KEYS}/ak_", X_Request_ID="asked-by-me")
    assert answer.body["clerk_trace_id"] == answer.headers["X-Request-ID"] == "asked-by-me"


def test_a_secret_is_read_until_the_limit(alice: Clerk) -> None:
    made = alice.made()
    for _ in range(10):
        assert done(alice.secret_of(made["id"])) == {"secret": made["secret"]}
    answer = alice.secret_of(made["id"])
    assert refused(answer) == (LATER, "reveal_limit_reached")
    assert int(answer.headers["Retry-After"]) == 3600


def test_a_secret_of_which_there_is_no_copy_is_a_400(alice: Clerk, tenant: Any) -> None:
    key, _ = minted(tenant=tenant.public_id)
    assert refused(alice.secret_of(f"ak_{key.hex}")) == (400, "secret_not_recoverable")


def test_copies_of_secrets_are_kept_unless_the_deployment_says_no(alice: Clerk) -> None:
    with override_settings(APIKEYS={**settings.APIKEYS, "CLERK_RECOVERABLE": False}):
        made = alice.made()
    assert refused(alice.secret_of(made["id"])) == (400, "secret_not_recoverable")
    assert done(alice.secret_of(alice.made()["id"]))["secret"]


def test_what_is_revoked_stays_so_and_a_conflict_is_a_400(alice: Clerk) -> None:
    made = alice.made()
    done(alice.revoke(made["id"], revocation_reason="first"))
    assert done(alice.revoke(made["id"], revocation_reason="second"))["revocation_reason"] == (
        "first"
    )
    assert refused(alice.update(made["id"], description="d")) == (400, "key_revoked")
    assert refused(alice.secret_of(made["id"])) == (400, "key_revoked")


@pytest.mark.django_db
def test_the_last_credential_of_all_stays() -> None:
    secret = ensure_root_key()
    assert secret is not None
    root = Clerk(secret.reveal())
    root_id = f"ak_{ApiKey.objects.get(is_root=True).hex}"
    assert refused(root.revoke(root_id)) == (400, "last_root_credential")
    assert refused(root.delete(root_id)) == (400, "last_root_credential")


def test_who_is_unknown_is_401_and_who_may_not_403(alice: Clerk, tenant: Any) -> None:
    nobody, stranger = Clerk().page(), Clerk("sk_test_wrong").page()
    assert refused(nobody) == (401, "authentication_invalid")
    assert refused(stranger) == (401, "clerk_key_invalid")
    assert stranger.headers["WWW-Authenticate"].startswith("Bearer")
    reader = hired(tenant, "api_keys:read")
    assert refused(reader.create()) == (403, "authorization_invalid")


def test_a_suspended_tenant_is_told_nothing(alice: Clerk, tenant: Any) -> None:
    revise_tenant(Actor.system(), tenant.public_id, status="suspended")
    assert refused(alice.page()) == (401, "clerk_key_invalid")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", KEYS, 405),
        ("DELETE", KEYS, 405),
        ("GET", f"{KEYS}/verify", 405),
        ("GET", f"{KEYS}/ak_1/revoke", 405),
        ("POST", f"{KEYS}/ak_1/secret", 405),
        ("POST", "/clerk/openapi.json", 405),
        ("GET", "/clerk/nowhere", 404),
        ("GET", "/clerk/v2/api_keys", 404),
        ("GET", f"{KEYS}/ak_1/other", 404),
    ],
)
def test_what_is_not_there_is_refused_in_the_same_shape(
    alice: Clerk, method: str, path: str, status: int
) -> None:
    assert alice.call(method, path).status == status


def test_a_credential_in_the_url_is_refused_in_the_same_shape(alice: Clerk) -> None:
    answer = alice.call("GET", KEYS, query="subject=a&secret=ks_live_canary")
    assert refused(answer) == (400, "credential_in_url")
    assert b"canary" not in answer.content


def test_a_held_key_that_is_let_go_verifies_again(alice: Clerk) -> None:
    made = alice.made()
    key_id = made["id"].replace("ak_", "key_")
    revise_key(Actor.system(), key_id, hold="suspended")
    assert refused(alice.verify(made["secret"])) == MISSING
    revise_key(Actor.system(), key_id, hold=None)
    done(alice.verify(made["secret"]))
