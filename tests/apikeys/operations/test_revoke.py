"""Stopping a key, for good or for a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from apikeys.domain.errors import (
    GrantExceedsHolder,
    InvalidInput,
    KeyRevoked,
    LastRootCredential,
    NotFound,
    VersionMismatch,
)
from apikeys.models import ApiKey
from apikeys.operations import disable_key, enable_key, issue_key, revise_key, revoke_key
from tests.apikeys.personas import ROOT, alice, charlie, runs
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, TenantFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)
Verb = Callable[..., ApiKey]
each_verb = pytest.mark.parametrize("verb", [revoke_key, disable_key, enable_key])


def test_a_revocation_says_when_by_whom_and_why() -> None:
    actor = alice()
    key = issue_key(actor, name="x").key
    with one_event("key.revoked") as told:
        revoke_key(actor, key.public_id, reason="leaked", now=NOW)
    stored = ApiKey.objects.get()
    assert (stored.revoked_at, stored.revoked_by) == (NOW, actor.id)
    assert (stored.revocation_reason, stored.version) == ("leaked", 2)
    assert told.event.reason == "leaked"


def test_a_second_revocation_changes_nothing() -> None:
    key = KeyFactory.create()
    revoke_key(ROOT, key.public_id, reason="first", now=NOW)
    with no_event():
        again = revoke_key(ROOT, key.public_id, reason="second")
    assert (again.revocation_reason, again.revoked_at) == ("first", NOW)


def test_disabling_and_enabling_are_told_one_by_one() -> None:
    key = KeyFactory.create()
    with one_event("key.disabled"):
        assert disable_key(ROOT, key.public_id).hold == "disabled"
    with no_event():
        disable_key(ROOT, key.public_id)
    with one_event("key.enabled"):
        assert enable_key(ROOT, key.public_id).hold is None
    with no_event():
        enable_key(ROOT, key.public_id)


def test_enabling_leaves_another_hold_alone() -> None:
    key = KeyFactory.create()
    revise_key(ROOT, key.public_id, hold="suspended")
    with no_event():
        assert enable_key(ROOT, key.public_id).hold == "suspended"


def test_disabling_replaces_another_hold() -> None:
    key = KeyFactory.create(hold="deprecated")
    assert disable_key(ROOT, key.public_id).hold == "disabled"


@pytest.mark.parametrize("verb", [disable_key, enable_key])
def test_a_revoked_key_can_only_be_revoked(verb: Verb) -> None:
    key = KeyFactory.create()
    revoke_key(ROOT, key.public_id)
    with no_event(), pytest.raises(KeyRevoked):
        verb(ROOT, key.public_id)


@each_verb
def test_charlie_does_not_find_alices_key(verb: Verb) -> None:
    key, stranger = issue_key(alice(), name="x").key, charlie()
    with no_event(), pytest.raises(NotFound):
        verb(stranger, key.public_id)


@each_verb
def test_an_outdated_version_is_refused(verb: Verb) -> None:
    key = KeyFactory.create()
    with no_event(), pytest.raises(VersionMismatch):
        verb(ROOT, key.public_id, expected_version=7)


@each_verb
@pytest.mark.parametrize("reason", ["x" * 501, "a\nb", 7])
def test_a_reason_is_one_line_of_text(verb: Verb, reason: object) -> None:
    key = KeyFactory.create()
    with no_event(), pytest.raises(InvalidInput, match="/reason"):
        verb(ROOT, key.public_id, reason=reason)


@pytest.mark.parametrize("verb", [revoke_key, disable_key])
def test_the_last_credential_with_everything_stays(verb: Verb) -> None:
    last = issue_key(ROOT, name="x", key_type="management", scopes=["*"]).key
    with no_event(), pytest.raises(LastRootCredential):
        verb(ROOT, last.public_id)
    assert ApiKey.objects.get().version == 1


def test_another_credential_that_is_not_in_force_does_not_count() -> None:
    last = issue_key(ROOT, name="x", key_type="management", scopes=["*"]).key
    idle = issue_key(ROOT, name="y", key_type="management", scopes=["*"], hold="suspended").key
    with pytest.raises(LastRootCredential):
        revoke_key(ROOT, last.public_id)
    revise_key(ROOT, idle.public_id, hold=None)
    revoke_key(ROOT, last.public_id)


def test_in_another_tenant_the_last_one_may_go() -> None:
    tenant = TenantFactory.create()
    key = issue_key(runs(tenant, "*"), name="x", key_type="management", scopes=["*"]).key
    assert revoke_key(ROOT, key.public_id).revoked_at is not None


def test_nobody_enables_a_management_key_that_holds_more_than_they_do() -> None:
    tenant = TenantFactory.create()
    strong = issue_key(runs(tenant, "*"), name="x", key_type="management", scopes=["*"]).key
    disable_key(ROOT, strong.public_id)
    with no_event(), pytest.raises(GrantExceedsHolder):
        enable_key(runs(tenant, "api_keys:revoke"), strong.public_id)
