"""Deleting, restoring while that is possible, purging afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apikeys.domain.errors import (
    GrantExceedsHolder,
    LastRootCredential,
    NotDeleted,
    NotFound,
    RetentionOver,
    VersionMismatch,
)
from apikeys.models import ApiKey, AuditEvent, KeySecret
from apikeys.operations import delete_key, issue_key, restore_key, revoke_key
from apikeys.operations.reaching import utc_now
from apikeys.operations.remove import purge_key
from tests.apikeys.personas import ROOT, alice, charlie, runs
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, TenantFactory

pytestmark = pytest.mark.django_db


def test_a_deleted_key_keeps_its_rows_for_a_restore() -> None:
    key = KeyFactory.create(tags=["a"])
    with one_event("key.deleted") as told:
        delete_key(ROOT, key.public_id, reason="unused")
    stored = ApiKey.objects.get()
    assert stored.deleted_at is not None
    assert stored.version == 2
    assert told.event.reason == "unused"
    with one_event("key.restored"):
        restored = restore_key(ROOT, key.public_id)
    assert (restored.deleted_at, restored.tags, restored.version) == (None, ["a"], 3)


def test_a_deleted_key_cannot_be_deleted_again() -> None:
    key = KeyFactory.create()
    delete_key(ROOT, key.public_id)
    with no_event(), pytest.raises(NotFound):
        delete_key(ROOT, key.public_id)


def test_a_revoked_key_comes_back_revoked() -> None:
    key = KeyFactory.create()
    revoke_key(ROOT, key.public_id)
    delete_key(ROOT, key.public_id)
    assert restore_key(ROOT, key.public_id).revoked_at is not None


def test_what_is_not_deleted_cannot_be_restored() -> None:
    key = KeyFactory.create()
    with no_event(), pytest.raises(NotDeleted):
        restore_key(ROOT, key.public_id)
    with no_event(), pytest.raises(NotFound):
        restore_key(ROOT, "key_missing")


def test_after_the_retention_time_a_key_stays_deleted() -> None:
    key, now = KeyFactory.create(), utc_now()
    delete_key(ROOT, key.public_id, now=now)
    with no_event(), pytest.raises(RetentionOver):
        restore_key(ROOT, key.public_id, now=now + timedelta(days=30))
    restore_key(ROOT, key.public_id, now=now + timedelta(days=30, microseconds=-1))


def test_charlie_finds_alices_key_neither_before_nor_after() -> None:
    owner, stranger = alice(), charlie()
    key = issue_key(owner, name="x").key
    with no_event(), pytest.raises(NotFound):
        delete_key(stranger, key.public_id)
    delete_key(owner, key.public_id)
    with no_event(), pytest.raises(NotFound):
        restore_key(stranger, key.public_id)


def test_an_outdated_version_is_refused() -> None:
    key = KeyFactory.create()
    with pytest.raises(VersionMismatch):
        delete_key(ROOT, key.public_id, expected_version=2)
    delete_key(ROOT, key.public_id, expected_version=1)
    with pytest.raises(VersionMismatch):
        restore_key(ROOT, key.public_id, expected_version=1)


def test_nobody_restores_a_management_key_that_holds_more_than_they_do() -> None:
    tenant = TenantFactory.create()
    strong = issue_key(runs(tenant, "*"), name="x", key_type="management", scopes=["*"]).key
    delete_key(ROOT, strong.public_id)
    with no_event(), pytest.raises(GrantExceedsHolder):
        restore_key(runs(tenant, "api_keys:write"), strong.public_id)


def test_the_last_credential_with_everything_stays() -> None:
    key = issue_key(ROOT, name="x", key_type="management", scopes=["*"]).key
    with no_event(), pytest.raises(LastRootCredential):
        delete_key(ROOT, key.public_id)
    assert ApiKey.objects.get().deleted_at is None


def test_a_purge_removes_the_rows_and_leaves_the_trail() -> None:
    key = KeyFactory.create()
    delete_key(ROOT, key.public_id)
    with one_event("key.purged") as told:
        assert purge_key(ApiKey.objects.get(), utc_now())
    assert not ApiKey.objects.exists()
    assert not KeySecret.objects.exists()
    assert told.event.object_id == key.public_id
    assert AuditEvent.objects.filter(object_id=key.public_id).count() == 3


def test_a_key_that_changed_since_it_was_read_is_not_purged() -> None:
    key = KeyFactory.create()
    delete_key(ROOT, key.public_id)
    as_read = ApiKey.objects.get()
    restore_key(ROOT, key.public_id)
    with no_event():
        assert not purge_key(as_read, utc_now())
    delete_key(ROOT, key.public_id)
    with no_event():
        assert not purge_key(as_read, utc_now())
    assert ApiKey.objects.filter(pk=key.pk).exists()


def test_two_workers_purge_a_key_once() -> None:
    key = KeyFactory.create()
    delete_key(ROOT, key.public_id)
    seen_by_both = ApiKey.objects.get()
    with one_event("key.purged"):
        assert purge_key(seen_by_both, utc_now())
        assert not purge_key(seen_by_both, utc_now())
