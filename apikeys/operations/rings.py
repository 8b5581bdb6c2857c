"""Keeping the database and the key ring together, and moving from one root key to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import Q

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.actors import Actor
from apikeys.domain.errors import KeyServiceError
from apikeys.domain.events import Action
from apikeys.domain.sealing import Purpose, reseal, unseal
from apikeys.models import (
    AccessPolicy,
    IdempotentRequest,
    KeySecret,
    RingEntry,
    SealedSecret,
)
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.secrets import client_secret_place
from apikeys.operations.tenants import ensure_default_tenant
from apikeys.operations.transactions import mutation

BATCH = 500

# Of apps that stand on this one: each moves up to `BATCH` rows and says how many, 0 when done.
BATCHES: list[Callable[[], int]] = []


class RingMismatch(KeyServiceError):
    """The database was written with a root key that the ring does not hold."""

    code = "ring_mismatch"


@mutation
def check_ring() -> None:
    """Refuse a ring that lacks a root key in use; remember the one that writes now."""
    held = {entry.fingerprint for entry in ring().entries}
    missing = sorted(set(RingEntry.objects.values_list("fingerprint", flat=True)) - held)
    if missing:
        raise RingMismatch(
            f"This database was written with root key {', '.join(missing)}, which is not in "
            "the key ring. Put it back, behind the current key. After manage.py apikeys_rewrap "
            "it is needed only to check the audit events of its time."
        )
    RingEntry.objects.get_or_create(
        fingerprint=ring().first.fingerprint, defaults={"first_used_at": utc_now()}
    )


def rewrap() -> Iterator[int]:
    """Move everything stored under older root keys to the first; yields rows done, by batch.

    Each batch is a transaction of its own, so it can be stopped and begun again at any time. The
    run that gets to the end leaves one audit event, in the default tenant.
    """
    moved = 0
    for batch in (_rewrap_secrets, _rewrap_client_secrets, _rewrap_sealed, *BATCHES):
        while done := batch():
            moved += done
            yield done
    _finish(moved)


@mutation
def _rewrap_secrets() -> int:
    first = ring().first
    rows = KeySecret.objects.select_related("key").select_for_update(of=("self",))
    batch = rows.filter(~sealed_now("fingerprint") | ~Q(pepper_id=first.fingerprint))[:BATCH]
    for row in batch:
        place = row.key.public_id
        sha256 = unseal(ring(), Purpose.FINGERPRINT, place, row.fingerprint)
        KeySecret.objects.filter(pk=row.pk).update(
            digest=digests.digest(first, sha256),
            pepper_id=first.fingerprint,
            fingerprint=reseal(ring(), Purpose.FINGERPRINT, place, row.fingerprint),
        )
    return len(batch)


@mutation
def _rewrap_client_secrets() -> int:
    rows = AccessPolicy.objects.select_related("key").select_for_update(of=("self",))
    batch = rows.filter(
        ~sealed_now("client_secret_fingerprint"), client_secret_fingerprint__isnull=False
    )[:BATCH]
    for row in batch:
        place, sealed = client_secret_place(row.key), row.client_secret_fingerprint or ""
        sha256 = unseal(ring(), Purpose.FINGERPRINT, place, sealed)
        AccessPolicy.objects.filter(pk=row.pk).update(
            client_secret_digest=digests.digest(ring().first, sha256),
            client_secret_fingerprint=reseal(ring(), Purpose.FINGERPRINT, place, sealed),
        )
    return len(batch)


@mutation
def _rewrap_sealed() -> int:
    rows = SealedSecret.objects.select_for_update()
    batch = rows.filter(~sealed_now("sealed"), sealed__isnull=False)[:BATCH]
    for row in batch:
        sealed = reseal(ring(), Purpose(row.purpose), row.place, row.sealed or "")
        SealedSecret.objects.filter(pk=row.pk).update(sealed=sealed)
    return len(batch)


@mutation
def _finish(moved: int) -> None:
    """Forget the older root keys. Replays of secrets last minutes: dropped, not sealed anew."""
    first = ring().first.fingerprint
    IdempotentRequest.objects.filter(~sealed_now("sealed")).update(sealed=None)
    RingEntry.objects.exclude(fingerprint=first).delete()
    if moved:
        audit.record(
            Actor.system("apikeys_rewrap"),
            Action.STORAGE_REWRAPPED,
            ensure_default_tenant(),
            now=utc_now(),
            changes={"rows": moved, "root_key": first},
        )


def sealed_now(column: str) -> Q:
    """Rows whose sealed column is sealed under the first root key."""
    return Q(**{f"{column}__startswith": f"v1.{ring().first.fingerprint}."})
