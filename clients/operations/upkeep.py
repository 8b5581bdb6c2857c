"""The jobs of this app: forget what has ended, and move what is stored to a new root key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.sealing import Purpose, reseal, unseal
from apikeys.domain.secret import Secret
from apikeys.operations.rings import BATCH, sealed_now
from apikeys.operations.transactions import mutation
from clients.models import (
    AccessKey,
    M2MToken,
    MachineSecret,
    RevokedToken,
    SigningKey,
    UsedAssertion,
)
from clients.operations.access_keys import secret_place
from clients.operations.m2m_tokens import m2m_token_place
from clients.operations.machine_secrets import machine_secret_place
from clients.operations.signing import signing_place

# For as long, a token between machines that has ended can still be found in a list.
M2M_TOKENS_KEPT = timedelta(days=7)


@mutation
def purge_spent(now: datetime) -> int:
    """Forget used assertions, revoked tokens, signing keys and machine secrets that have ended.

    And tokens between machines, some days after they have expired or were revoked.
    """
    ended = Q(expires_at__lte=now)
    done: int = UsedAssertion._default_manager.filter(ended).delete()[0]
    done += RevokedToken._default_manager.filter(ended).delete()[0]
    done += SigningKey.objects.filter(published_until__lte=now).delete()[0]
    done += MachineSecret._default_manager.filter(retires_at__lte=now).delete()[0]
    over = now - M2M_TOKENS_KEPT
    done += M2MToken.objects.filter(Q(expires_at__lte=over) | Q(revoked_at__lte=over)).delete()[0]
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


@mutation
def rewrap_machine_secrets() -> int:
    """Move digests and seals of machine secrets to the first root key."""
    rows = MachineSecret._default_manager.select_related("client").select_for_update(of=("self",))
    batch = rows.filter(~sealed_now("sealed"))[:BATCH]
    for row in batch:
        columns = _moved(machine_secret_place(row.client.public_id), row.sealed)
        MachineSecret._default_manager.filter(pk=row.pk).update(**columns)
    return len(batch)


@mutation
def rewrap_m2m_tokens() -> int:
    """Move digests and seals of tokens between machines to the first root key."""
    rows = M2MToken.objects.select_for_update().filter(sealed__isnull=False)
    batch = rows.filter(~sealed_now("sealed"))[:BATCH]
    for row in batch:
        columns = _moved(m2m_token_place(row.public_id), row.sealed or "")
        M2MToken.objects.filter(pk=row.pk).update(**columns)
    return len(batch)


def _moved(place: str, sealed: str) -> dict[str, Any]:
    """Digest and seal under the first root key, of a secret whose plaintext is sealed."""
    plain = Secret(unseal(ring(), Purpose.RECOVERABLE, place, sealed).decode())
    return {
        "digest": digests.digest(ring().first, digests.fingerprint_of(plain)),
        "sealed": reseal(ring(), Purpose.RECOVERABLE, place, sealed),
    }


REWRAPS = [rewrap_access_keys, rewrap_signing_keys, rewrap_machine_secrets, rewrap_m2m_tokens]
