"""Give a key a new secret; the old one goes on working during the grace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from apikeys.conf import settings
from apikeys.domain import minting
from apikeys.domain.actors import Actor
from apikeys.domain.errors import KeyRevoked
from apikeys.domain.events import Action
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, KeySecret
from apikeys.operations import audit, changes, grants, secrets
from apikeys.operations.reaching import lock_key, reread, utc_now
from apikeys.operations.reasons import GRACE, clean_argument, clean_reason
from apikeys.operations.transactions import mutation


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key, its new secret, and when the one before stops working."""

    key: ApiKey
    secret: Secret
    previous_secret_expires_at: datetime


@mutation
def rotate_secret(
    actor: Actor,
    key_id: str,
    *,
    grace_seconds: object = None,
    reason: object = "",
    expected_version: int | None = None,
    now: datetime | None = None,
) -> Rotated:
    """Mint a new secret under the same key id. `grace_seconds` 0 ends every older secret at once.

    Raises `NotFound`, `KeyRevoked`, `GrantExceedsHolder`, `InvalidInput`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    grace = settings.GRACE_SECONDS if grace_seconds is None else grace_seconds
    ends_at = now + timedelta(seconds=clean_argument("grace_seconds", GRACE, grace))
    key = lock_key(actor, key_id, expected_version=expected_version)
    if key.revoked_at is not None:
        raise KeyRevoked
    # Whoever gets the new secret can do what the key can.
    grants.require_equal(actor, key)
    secret = _replace(key, ends_at, now)
    ApiKey.objects.filter(pk=key.pk).update(
        last_rotated_at=now,
        last_rotation_reason=reason or None,
        version=F("version") + 1,
        updated_at=now,
    )
    # Not confirmed: the answer holds the new secret, and there is no second one.
    changes.key_changed(key, confirmed=False)
    audit.record(
        actor,
        Action.KEY_ROTATED,
        key,
        now=now,
        reason=reason,
        changes={"previous_secret_expires_at": ends_at},
    )
    return Rotated(reread(key), secret, ends_at)


def _replace(key: ApiKey, ends_at: datetime, now: datetime) -> Secret:
    older = KeySecret.objects.filter(key=key)
    older.filter(Q(retires_at=None) | Q(retires_at__gt=ends_at)).update(retires_at=ends_at)
    secret = minting.mint(key.secret_prefix, key.environment)
    secrets.store_minted(key, secret, now)
    return secret
