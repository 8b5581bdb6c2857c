"""Rotating: a new secret under the same id, the old one for as long as the grace lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from apikeys.domain.errors import (
    GrantExceedsHolder,
    InvalidInput,
    KeyRevoked,
    NotFound,
    VersionMismatch,
)
from apikeys.domain.secret import Secret
from apikeys.models import KeySecret
from apikeys.operations import (
    Presentation,
    issue_key,
    read_secret,
    revoke_key,
    rotate_secret,
    verify,
)
from apikeys.operations.reaching import utc_now
from tests.apikeys.personas import ROOT, alice, charlie, runs
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, TenantFactory, minted

pytestmark = pytest.mark.django_db


def outcome(secret: Secret | str, **at: Any) -> str:
    shown = secret if isinstance(secret, Secret) else Secret(secret)
    return str(verify(Presentation(shown), **at).outcome)


def test_the_id_stays_and_the_secret_is_new() -> None:
    key, old = minted()
    now = utc_now()
    with one_event("key.rotated") as told:
        rotated = rotate_secret(ROOT, key.public_id, reason="leaked", now=now)
    assert rotated.key.public_id == key.public_id
    assert outcome(rotated.secret) == "valid"
    assert outcome(old) == "expired"
    assert (rotated.key.last_rotated_at, rotated.key.last_rotation_reason) == (now, "leaked")
    assert told.event.reason == "leaked"


def test_both_secrets_work_during_the_grace_and_the_old_one_not_a_moment_longer() -> None:
    key, old = minted()
    now = utc_now()
    rotated = rotate_secret(ROOT, key.public_id, grace_seconds=60, now=now)
    end = now + timedelta(seconds=60)
    assert rotated.previous_secret_expires_at == end
    assert rotated.key.status(now) == "rotating"
    assert outcome(old, now=end - timedelta(microseconds=1)) == "valid"
    assert outcome(old, now=end) == "expired"
    assert outcome(rotated.secret, now=end) == "valid"
    assert rotated.key.status(end) == "active"


def test_without_a_word_the_grace_is_the_deployments(settings: Any) -> None:
    settings.APIKEYS = {**django_settings.APIKEYS, "GRACE_SECONDS": 300}
    now = utc_now()
    rotated = rotate_secret(ROOT, KeyFactory.create().public_id, now=now)
    assert rotated.previous_secret_expires_at == now + timedelta(seconds=300)


def test_an_older_grace_is_cut_by_a_shorter_one_and_never_made_longer() -> None:
    key, first = minted()
    second = rotate_secret(ROOT, key.public_id, grace_seconds=60).secret
    third = rotate_secret(ROOT, key.public_id, grace_seconds=3600)
    soon, later = utc_now() + timedelta(seconds=120), utc_now() + timedelta(seconds=1800)
    assert outcome(first, now=soon) == "expired"
    assert outcome(second, now=later) == "valid"
    rotate_secret(ROOT, key.public_id, grace_seconds=0)
    assert {outcome(secret) for secret in (first, second, third.secret)} == {"expired"}


def test_there_is_always_exactly_one_current_secret() -> None:
    key = KeyFactory.create()
    for _ in range(3):
        rotate_secret(ROOT, key.public_id, grace_seconds=60)
    assert KeySecret.objects.filter(key=key, retires_at=None).count() == 1
    assert KeySecret.objects.filter(key=key).count() == 4


def test_a_new_secret_keeps_prefix_and_environment() -> None:
    key = KeyFactory.create(prefix="ak", environment="test")
    assert rotate_secret(ROOT, key.public_id).secret.reveal().startswith("ak_test_")


def test_a_recoverable_key_gives_its_new_secret() -> None:
    key = KeyFactory.create(recoverable=True)
    rotated = rotate_secret(ROOT, key.public_id)
    assert read_secret(ROOT, key.public_id) == rotated.secret


def test_a_revoked_key_cannot_be_rotated() -> None:
    key = KeyFactory.create()
    revoke_key(ROOT, key.public_id)
    with no_event(), pytest.raises(KeyRevoked):
        rotate_secret(ROOT, key.public_id)


def test_nobody_gets_the_secret_of_a_management_key_that_holds_more_than_they_do() -> None:
    tenant = TenantFactory.create()
    strong = issue_key(runs(tenant, "*"), name="x", key_type="management", scopes=["*"]).key
    with no_event(), pytest.raises(GrantExceedsHolder):
        rotate_secret(runs(tenant, "api_keys:write"), strong.public_id)


def test_charlie_does_not_find_alices_key() -> None:
    key, stranger = issue_key(alice(), name="x").key, charlie()
    with no_event(), pytest.raises(NotFound):
        rotate_secret(stranger, key.public_id)


@pytest.mark.parametrize("grace", [-1, 366 * 86_400 + 1, 1.5, "60", True])
def test_a_grace_is_a_whole_number_of_seconds_within_a_year(grace: object) -> None:
    key = KeyFactory.create()
    with no_event(), pytest.raises(InvalidInput, match="/grace_seconds"):
        rotate_secret(ROOT, key.public_id, grace_seconds=grace)


def test_an_outdated_version_is_refused() -> None:
    key = KeyFactory.create()
    with pytest.raises(VersionMismatch):
        rotate_secret(ROOT, key.public_id, expected_version=2)
    assert KeySecret.objects.filter(key=key).count() == 1
