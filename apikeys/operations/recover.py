"""Read the secret of a recoverable key again. Each read is audited, and reads are limited."""

from __future__ import annotations

from datetime import datetime, timedelta

from apikeys.conf import ring, settings
from apikeys.domain.actors import Actor
from apikeys.domain.errors import KeyRevoked, RevealLimitReached, SecretNotRecoverable
from apikeys.domain.events import Action
from apikeys.domain.sealing import Purpose, unseal
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, AuditEvent, SealedSecret
from apikeys.operations import audit, grants
from apikeys.operations.reaching import lock_key, utc_now
from apikeys.operations.secrets import recoverable_place
from apikeys.operations.transactions import mutation


@mutation
def read_secret(actor: Actor, key_id: str, *, now: datetime | None = None) -> Secret:
    """The current secret of a key made with `recoverable: true`.

    Raises `NotFound`, `SecretNotRecoverable`, `KeyRevoked`, `GrantExceedsHolder`,
    `RevealLimitReached`.
    """
    now = now or utc_now()
    key = lock_key(actor, key_id)
    if not key.recoverable:
        raise SecretNotRecoverable
    if key.revoked_at is not None:
        raise KeyRevoked
    grants.require_equal(actor, key)
    _require_below_limit(key, now)
    audit.record(actor, Action.SECRET_READ, key, now=now)
    place = recoverable_place(key)
    sealed = SealedSecret.objects.get(place=place).sealed or ""
    return Secret(unseal(ring(), Purpose.RECOVERABLE, place, sealed).decode())


def _require_below_limit(key: ApiKey, now: datetime) -> None:
    reads = AuditEvent.objects.filter(
        object_id=key.public_id, action=Action.SECRET_READ, at__gt=now - timedelta(hours=1)
    ).count()
    if reads >= settings.RECOVERABLE_READS_PER_HOUR:
        raise RevealLimitReached
