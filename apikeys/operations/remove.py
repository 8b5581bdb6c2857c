"""Delete a key so that it can be restored for a while, and purge it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from apikeys.conf import settings
from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotDeleted, NotFound, RetentionOver
from apikeys.domain.events import Action
from apikeys.limiters.base import KEY
from apikeys.models import ApiKey
from apikeys.operations import audit, changes, grants
from apikeys.operations.reaching import lock_key, reread, utc_now
from apikeys.operations.reasons import clean_reason
from apikeys.operations.transactions import mutation


@mutation
def delete_key(
    actor: Actor,
    key_id: str,
    *,
    reason: object = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> None:
    """Delete softly: verifies answer `not_found` from now on. Raises `NotFound`,
    `VersionMismatch`, `GrantExceedsHolder`, `LastRootCredential`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    try:
        key = lock_key(actor, key_id, expected_version=expected_version)
    except NotFound:
        _confirm_deleted(actor, key_id)
        raise
    grants.require_reach(actor, key)
    ApiKey.objects.filter(pk=key.pk).update(
        # A root key that comes back later is an ordinary credential with `*`.
        deleted_at=now,
        is_root=False,
        version=F("version") + 1,
        updated_at=now,
    )
    changes.key_changed(key)
    if grants.is_root_credential(key):
        grants.require_root_remains(key.tenant, now)
    audit.record(actor, Action.KEY_DELETED, key, now=now, reason=reason)


def _confirm_deleted(actor: Actor, key_id: str) -> None:
    """Whoever repeats a delete whose effect was pending has to learn whether it still is."""
    deleted = ApiKey.objects.of_tenant(actor.tenant_id).filter(deleted_at__isnull=False)
    if deleted.filter(public_id=key_id).exists():
        changes.publish_at_once(KEY, key_id)


@mutation
def restore_key(
    actor: Actor,
    key_id: str,
    *,
    reason: object = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> ApiKey:
    """Bring a deleted key back as it was. Raises `NotFound`, `NotDeleted`, `RetentionOver`,
    `GrantExceedsHolder`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    key = _deleted(actor, key_id, expected_version)
    if key.deleted_at is None or key.deleted_at <= now - timedelta(days=settings.RETENTION_DAYS):
        raise RetentionOver
    grants.require_equal(actor, key)
    ApiKey.objects.filter(pk=key.pk).update(
        deleted_at=None, version=F("version") + 1, updated_at=now
    )
    changes.key_changed(key, confirmed=False)
    audit.record(actor, Action.KEY_RESTORED, key, now=now, reason=reason)
    return reread(key)


@mutation
def purge_key(key: ApiKey, now: datetime) -> bool:
    """Remove a deleted key for good; its audit events stay.

    False, and nothing happens, if it was restored or purged since `key` was read.
    """
    as_read = ApiKey.objects.filter(pk=key.pk, deleted_at__isnull=False, deleted_at=key.deleted_at)
    if as_read.select_for_update(of=("self",)).first() is None:
        return False
    as_read.delete()  # only now: usage that is being counted waits for the lock, or was waited for
    changes.key_changed(key, confirmed=False)
    audit.record(Actor.system("upkeep"), Action.KEY_PURGED, key, now=now)
    return True


def _deleted(actor: Actor, key_id: str, expected_version: int | None) -> ApiKey:
    try:
        return lock_key(actor, key_id, expected_version=expected_version, deleted=True)
    except NotFound:
        lock_key(actor, key_id)
        raise NotDeleted from None
