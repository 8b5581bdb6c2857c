"""The jobs of this app: forget what has ended, and move what is stored to a new root key."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.sealing import Purpose, reseal, unseal
from apikeys.operations.rings import BATCH, sealed_now
from apikeys.operations.transactions import mutation
from clients.models import AccessKey, RevokedToken, SigningKey, UsedAssertion
from clients.operations.access_keys import secret_place
from clients.operations.signing import signing_place


@mutation
def purge_spent(now: datetime) -> int:
    """Forget used assertions, revoked tokens and signing keys that have ended."""
    ended = Q(expires_at__lte=now)
    done: int = UsedAssertion._default_manager.filter(ended).delete()[0]
    done += RevokedToken._default_manager.filter(ended).delete()[0]
    done += SigningKey.objects.filter(published_until__lte=now).delete()[0]
    return done


@mutation
def rewrap_access_keys() -> int:
    """Move digests of client secrets to the first root key."""
    rows = AccessKey.objects.select_for_update().filter(secret_fingerprint__isnull=False)
    batch = rows.filter(~sealed_now("secret_fingerprint"))[:BATCH]
    for row in batch:
        place, sealed = secret_place(row.public_id), row.secret_fingerprint or ""
        sha256 = unseal(ring(), Purpose.FINGERPRINT, place, sealed)
        AccessKey.objects.filter(pk=row.pk).update(
            secret_digest=digests.digest(ring().first, sha256),
            pepper_id=ring().first.fingerprint,
            secret_fingerprint=reseal(ring(), Purpose.FINGERPRINT, place, sealed),
        )
    return len(batch)


@mutation
def rewrap_signing_keys() -> int:
    """Seal the signing keys anew under the first root key."""
    batch = SigningKey.objects.select_for_update().filter(~sealed_now("sealed"))[:BATCH]
    for row in batch:
        sealed = reseal(ring(), Purpose.SIGNING, signing_place(row.kid), row.sealed)
        SigningKey.objects.filter(pk=row.pk).update(sealed=sealed)
    return len(batch)
