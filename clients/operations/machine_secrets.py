"""The secret keys of machines: mint, replace, read again, and know a machine by one."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.db.models import Q

from apikeys.conf import ring
from apikeys.conf import settings as own_settings
from apikeys.domain import digests, minting
from apikeys.domain.actors import Actor
from apikeys.domain.errors import RevealLimitReached, SecretNotRecoverable
from apikeys.domain.events import Action
from apikeys.domain.kinds import Count
from apikeys.domain.sealing import Purpose, seal, unseal
from apikeys.domain.secret import Secret
from apikeys.models import AuditEvent
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.reasons import clean_argument
from apikeys.operations.transactions import mutation
from clients.domain.machines import PREVIOUS_SECONDS_MAX, SECRET_PREFIX
from clients.models import MachineSecret, ServiceClient
from clients.operations.bearers import standing
from clients.operations.reaching import lock_client, require_equal

_PREVIOUS = Count(0, PREVIOUS_SECONDS_MAX)


@mutation
def rotate_machine_secret(
    actor: Actor, client_id: str, *, previous_seconds: object = 0, now: datetime | None = None
) -> Secret:
    """A new secret, the first one perhaps. The one before is good for some seconds more, or none.

    Those before that one end at once. Raises `NotFound`, `InvalidInput`, `GrantExceedsHolder`.
    """
    now = now or utc_now()
    seconds = clean_argument("previous_seconds", _PREVIOUS, previous_seconds)
    client = lock_client(actor, client_id)
    require_equal(actor, client.scopes or ())
    older = MachineSecret._default_manager.filter(client=client)
    if seconds:
        older.filter(retires_at__isnull=False).delete()
        older.update(retires_at=now + timedelta(seconds=seconds))
    else:
        older.delete()
    secret = minting.mint(SECRET_PREFIX, "live")
    _store(client, secret, now)
    told = {"previous_seconds": seconds}
    audit.record(actor, Action.MACHINE_SECRET_ROTATED, client, now=now, changes=told)
    return secret


@mutation
def read_machine_secret(actor: Actor, client_id: str, *, now: datetime | None = None) -> Secret:
    """The current secret. Each read is audited, and reads are limited as those of keys are.

    Raises `NotFound`, `SecretNotRecoverable`, `GrantExceedsHolder`, `RevealLimitReached`.
    """
    now = now or utc_now()
    client = lock_client(actor, client_id)
    require_equal(actor, client.scopes or ())
    row = MachineSecret._default_manager.filter(client=client, retires_at=None).first()
    if row is None:
        raise SecretNotRecoverable
    _require_below_limit(client, now)
    audit.record(actor, Action.SECRET_READ, client, now=now)
    place = machine_secret_place(client.public_id)
    return Secret(unseal(ring(), Purpose.RECOVERABLE, place, row.sealed).decode())


def machine_of(secret: Secret, *, now: datetime | None = None) -> ServiceClient | None:
    """The client whose machine secret this is; None if it is nobody's.

    Raises `BadToken` for a client that is disabled, or of a suspended tenant.
    """
    good = Q(retires_at=None) | Q(retires_at__gt=now or utc_now())
    known = [digest for _, digest in digests.candidates(ring(), secret)]
    rows = MachineSecret._default_manager.select_related("client__tenant")
    row = rows.filter(good, digest__in=known).first()
    if row is None or not any(hmac.compare_digest(bytes(row.digest), it) for it in known):
        return None
    return standing(row.client)


def machine_secret_place(client_id: str) -> str:
    """The row that a sealed machine secret is bound to."""
    return f"machine_secret:{client_id}"


def _store(client: ServiceClient, secret: Secret, now: datetime) -> None:
    place = machine_secret_place(client.public_id)
    MachineSecret._default_manager.create(
        client=client,
        digest=digests.digest(ring().first, digests.fingerprint_of(secret)),
        sealed=seal(ring(), Purpose.RECOVERABLE, place, secret.reveal().encode()),
        issued_at=now,
    )


def _require_below_limit(client: ServiceClient, now: datetime) -> None:
    reads = AuditEvent.objects.filter(
        object_id=client.public_id, action=Action.SECRET_READ, at__gt=now - timedelta(hours=1)
    ).count()
    if reads >= own_settings.RECOVERABLE_READS_PER_HOUR:
        raise RevealLimitReached
