"""Verifying: the stored key meets the decision, and nothing that breaks reads as a refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.domain.keyrings import new_root_key_text
from apikeys.domain.scopes import Resource, ResourceScope
from apikeys.domain.secret import Secret
from apikeys.models import AccessPolicy, KeySecret
from apikeys.operations import (
    Presentation,
    delete_key,
    disable_key,
    issue_key,
    restore_key,
    revise_key,
    revise_tenant,
    revoke_key,
    verify,
)
from apikeys.operations.reaching import utc_now
from apikeys.operations.verify import client_secret_digests
from tests.apikeys.personas import ROOT
from tests.apikeys.trail import no_event
from tests.factories import TenantFactory, minted

pytestmark = pytest.mark.django_db


def outcome(secret: str, **facts: Any) -> str:
    return str(verify(Presentation(Secret(secret), **facts)).outcome)


def lookups(queries: CaptureQueriesContext) -> list[str]:
    """The statements that look for a secret."""
    texts = [query["sql"] for query in queries.captured_queries]
    return [text for text in texts if "secret.digest IN" in text]


def test_a_fresh_key_is_valid_and_its_terms_are_known() -> None:
    key, secret = minted(
        subject="user_1",
        scopes=["words:read"],
        resource_scopes=[{"resource_type": "book", "resource_id": "7"}],
        allowed_ips=["10.0.0.0/8"],
        metadata={"a": 1},
        api_version="2",
    )
    resource = Resource("book", "7")
    verdict = verify(Presentation(Secret(secret), ip="10.1.1.1", resource=resource))
    terms = verdict.terms
    assert verdict.valid
    assert terms is not None
    assert (terms.key_id, terms.tenant_id) == (key.public_id, key.tenant.public_id)
    assert (terms.subject, terms.scopes, terms.metadata) == ("user_1", ("words:read",), {"a": 1})
    assert terms.resource_scopes == (ResourceScope("book", "7"),)
    assert terms.policy.allowed_ips == ("10.0.0.0/8",)
    assert terms.api_version == "2"


def test_a_key_is_found_by_one_query_and_no_event_is_audited() -> None:
    _, secret = minted()
    with no_event(), CaptureQueriesContext(connection) as queries:
        assert outcome(secret) == "valid"
    assert len(lookups(queries)) == 1


def test_junk_is_not_looked_up() -> None:
    _, secret = minted()
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    with CaptureQueriesContext(connection) as queries:
        assert {outcome(text) for text in ("", "a\0b", "x" * 513, wrong)} == {"malformed"}
    assert not lookups(queries)


def test_each_verb_is_felt_by_the_next_verify() -> None:
    key, secret = minted()
    disable_key(ROOT, key.public_id)
    assert outcome(secret) == "disabled"
    revise_key(ROOT, key.public_id, hold="pending_verification")
    assert outcome(secret) == "pending"
    revise_key(ROOT, key.public_id, hold=None, enforce_https=True)
    assert outcome(secret) == "https_required"
    delete_key(ROOT, key.public_id)
    assert outcome(secret) == "not_found"
    restore_key(ROOT, key.public_id)
    assert outcome(secret, scheme="https") == "valid"
    revoke_key(ROOT, key.public_id)
    assert outcome(secret) == "revoked"


def test_a_suspended_tenant_stops_all_of_its_keys() -> None:
    tenant = TenantFactory.create()
    _, secret = minted(tenant=tenant.public_id)
    revise_tenant(ROOT, tenant.public_id, status="suspended")
    assert outcome(secret) == "suspended"
    revise_tenant(ROOT, tenant.public_id, status="active")
    assert outcome(secret) == "valid"


def test_an_expired_key_is_refused_from_its_moment_on() -> None:
    end = utc_now() + timedelta(hours=1)
    _, secret = minted(expires_at=end)
    shown = Presentation(Secret(secret))
    assert verify(shown, now=end - timedelta(microseconds=1)).valid
    assert verify(shown, now=end).outcome == "expired"


def test_the_key_of_another_tenant_is_answered_like_a_missing_one() -> None:
    alices, charlies = TenantFactory.create(), TenantFactory.create()
    _, secret = minted(tenant=alices.public_id)
    shown = Presentation(Secret(secret))
    assert verify(shown, tenant_id=alices.public_id).valid
    foreign = verify(shown, tenant_id=charlies.public_id)
    assert foreign == verify(Presentation(Secret("unknown")), tenant_id=charlies.public_id)


def test_a_client_secret_is_asked_for_beside_the_key() -> None:
    issued = issue_key(ROOT, name="x", requires_client_secret=True)
    assert issued.secret is not None
    assert issued.client_secret is not None
    plain = issued.secret.reveal()
    right = client_secret_digests(issued.client_secret)
    assert outcome(plain) == "client_secret_required"
    assert outcome(plain, client_secret_digests=client_secret_digests(Secret("no"))) == (
        "client_secret_invalid"
    )
    assert outcome(plain, client_secret_digests=right) == "valid"


def test_what_cannot_be_read_is_undetermined_and_never_a_refusal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _, secret = minted()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"the statement held {secret}")

    monkeypatch.setattr(connection, "cursor", broken)
    assert outcome(secret) == "undetermined"
    assert "could not decide" in caplog.text
    assert secret not in caplog.text


def test_a_secret_under_an_old_root_key_works_and_moves_to_the_new_one(settings: Any) -> None:
    _, secret = minted()
    old = django_settings.APIKEYS["KEYS"]
    new = new_root_key_text()
    settings.APIKEYS = {**django_settings.APIKEYS, "KEYS": f"{new},{old}"}
    before = KeySecret.objects.get()
    assert outcome(secret) == "valid"
    after = KeySecret.objects.get()
    assert (after.pepper_id, bytes(after.digest)) != (before.pepper_id, bytes(before.digest))
    settings.APIKEYS = {**django_settings.APIKEYS, "KEYS": new}
    assert outcome(secret) == "valid"


def test_a_hash_of_the_secret_is_no_credential() -> None:
    key, _ = minted()
    row = key.current_secret
    assert outcome(bytes(row.digest).hex()) == "not_found"
    assert outcome(row.fingerprint) == "not_found"


def test_a_policy_of_either_signing_flag_binds() -> None:
    for flag in ("enforce_signing", "require_request_signing"):
        _, secret = minted(**{flag: True})
        assert outcome(secret) == "signature_required"
    assert AccessPolicy.objects.count() == 2
