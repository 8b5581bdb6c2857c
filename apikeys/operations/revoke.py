"""Stop a key: for good (revoke), or until it is enabled again (disable)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F

from apikeys.domain.actors import Actor
from apikeys.domain.errors import KeyRevoked
from apikeys.domain.events import Action
from apikeys.limiters.base import KEY
from apikeys.models import ApiKey
from apikeys.operations import audit, changes, grants
from apikeys.operations.reaching import lock_key, reread, utc_now
from apikeys.operations.reasons import clean_reason
from apikeys.operations.transactions import mutation


@mutation
def revoke_key(
    actor: Actor,
    key_id: str,
    *,
    reason: object = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> ApiKey:
    """Revoke for good. No verify that starts after this returned is valid.

    Repeating it changes nothing. Raises `NotFound`, `LastRootCredential`, `InvalidInput`, and
    `RevocationPending` when it is done and not every worker could be told.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    key = lock_key(actor, key_id, expected_version=expected_version)
    if key.revoked_at is not None:
        changes.confirm(KEY, key.public_id)
        return key
    columns = {"revoked_at": now, "revoked_by": actor.id, "revocation_reason": reason or None}
    return _stop(actor, key, Action.KEY_REVOKED, columns, reason, now)


@mutation
def disable_key(
    actor: Actor,
    key_id: str,
    *,
    reason: object = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> ApiKey:
    """Set the hold `disabled`, whatever hold there was. Repeating it changes nothing."""
    now, reason = now or utc_now(), clean_reason(reason)
    key = _unrevoked(actor, key_id, expected_version)
    if key.hold == "disabled":
        changes.confirm(KEY, key.public_id)
        return key
    return _stop(actor, key, Action.KEY_DISABLED, {"hold": "disabled"}, reason, now)


@mutation
def enable_key(
    actor: Actor,
    key_id: str,
    *,
    reason: object = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> ApiKey:
    """Clear the hold `disabled`; another hold stays, for it was set for another reason.

    Raises `NotFound`, `KeyRevoked`, `GrantExceedsHolder`, `InvalidInput`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    key = _unrevoked(actor, key_id, expected_version)
    if key.hold != "disabled":
        return key
    grants.require_equal(actor, key)
    _set(key, {"hold": None}, now)
    changes.key_changed(key, confirmed=False)
    audit.record(actor, Action.KEY_ENABLED, key, now=now, reason=reason)
    return reread(key)


def _unrevoked(actor: Actor, key_id: str, expected_version: int | None) -> ApiKey:
    key = lock_key(actor, key_id, expected_version=expected_version)
    if key.revoked_at is not None:
        raise KeyRevoked
    return key


def _stop(
    actor: Actor,
    key: ApiKey,
    action: Action,
    columns: dict[str, Any],
    reason: str,
    now: datetime,
) -> ApiKey:
    _set(key, columns, now)
    changes.key_changed(key)
    # Before the event, because every verb locks the tenant before its chain: two that lock them
    # in different orders wait for one another until the database breaks the tie.
    if grants.is_root_credential(key):
        grants.require_root_remains(key.tenant, now)
    audit.record(actor, action, key, now=now, reason=reason)
    return reread(key)


def _set(key: ApiKey, columns: dict[str, Any], now: datetime) -> None:
    ApiKey.objects.filter(pk=key.pk).update(**columns, version=F("version") + 1, updated_at=now)
