"""Reading the secret of a recoverable key again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apikeys.domain.errors import (
    GrantExceedsHolder,
    KeyRevoked,
    NotFound,
    RevealLimitReached,
    SecretNotRecoverable,
)
from apikeys.models import SealedSecret
from apikeys.operations import issue_key, read_secret, revoke_key
from apikeys.operations.reaching import utc_now
from tests.apikeys.personas import ROOT, alice, charlie, runs
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, TenantFactory

pytestmark = pytest.mark.django_db


def test_a_recoverable_secret_can_be_read_and_each_read_is_told() -> None:
    issued = issue_key(ROOT, name="x", recoverable=True)
    with one_event("secret.read"):
        assert read_secret(ROOT, issued.key.public_id) == issued.secret
    with one_event("secret.read"):
        assert read_secret(ROOT, issued.key.public_id) == issued.secret


def test_of_any_other_key_there_is_no_copy() -> None:
    key = KeyFactory.create()
    with no_event(), pytest.raises(SecretNotRecoverable):
        read_secret(ROOT, key.public_id)
    assert not SealedSecret.objects.exists()


def test_a_revoked_key_gives_nothing() -> None:
    key = KeyFactory.create(recoverable=True)
    revoke_key(ROOT, key.public_id)
    with no_event(), pytest.raises(KeyRevoked):
        read_secret(ROOT, key.public_id)


def test_reads_within_an_hour_are_limited() -> None:
    key, now = KeyFactory.create(recoverable=True), utc_now()
    for _ in range(10):
        read_secret(ROOT, key.public_id, now=now)
    with no_event(), pytest.raises(RevealLimitReached):
        read_secret(ROOT, key.public_id, now=now + timedelta(minutes=59))
    read_secret(ROOT, key.public_id, now=now + timedelta(minutes=60))


def test_nobody_reads_a_management_key_that_holds_more_than_they_do() -> None:
    tenant = TenantFactory.create()
    strong = issue_key(
        runs(tenant, "*"), name="x", key_type="management", scopes=["*"], recoverable=True
    ).key
    with no_event(), pytest.raises(GrantExceedsHolder):
        read_secret(runs(tenant, "api_keys:reveal"), strong.public_id)


def test_charlie_does_not_find_alices_key() -> None:
    key, stranger = issue_key(alice(), name="x", recoverable=True).key, charlie()
    with no_event(), pytest.raises(NotFound):
        read_secret(stranger, key.public_id)
