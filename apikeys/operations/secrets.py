"""Storing the secrets of a key: digests to find them by, seals to open some of them again."""

from __future__ import annotations

from datetime import datetime

from apikeys.conf import ring
from apikeys.domain import digests, minting
from apikeys.domain.sealing import Purpose, seal
from apikeys.domain.secret import Secret
from apikeys.limiters.base import BIRTHS
from apikeys.models import AccessPolicy, ApiKey, KeySecret, SealedSecret
from apikeys.operations import changes


def store_minted(key: ApiKey, secret: Secret, now: datetime) -> None:
    """Make `secret` the current one of the key; there must be no other current one."""
    # Not kept in a variable: error reporters print those when the database refuses.
    store_digest(
        key,
        digests.fingerprint_of(secret),
        prefix=minting.visible_prefix(secret.reveal()),
        hint=minting.hint(secret.reveal()),
        now=now,
    )
    if key.recoverable:
        _seal_recoverable(key, secret, now)


def store_digest(
    key: ApiKey, sha256: bytes, *, prefix: str, hint: str, now: datetime, imported: bool = False
) -> None:
    """Make the secret with this SHA-256 the current one."""
    entry = ring().first
    stored = KeySecret.objects.create(
        key=key,
        digest=digests.digest(entry, sha256),
        pepper_id=entry.fingerprint,
        fingerprint=seal(ring(), Purpose.FINGERPRINT, key.public_id, sha256),
        prefix=prefix,
        hint=hint,
        imported=imported,
        issued_at=now,
    )
    if imported:
        # Whoever asked about this secret before is not to be told of nobody any longer.
        changes.announce(BIRTHS, "", stored.pk, confirmed=False)


def is_known(sha256: bytes) -> bool:
    """Whether any key has this secret, under whichever entry of the ring."""
    known = [digests.digest(entry, sha256) for entry in ring().entries]
    return KeySecret.objects.filter(digest__in=known).exists()


def store_client_secret(key: ApiKey) -> Secret:
    """Mint the second secret that `requires_client_secret` asks for, and keep its digest."""
    secret = minting.mint("cs", key.environment)
    sha256 = digests.fingerprint_of(secret)
    AccessPolicy.objects.filter(key=key).update(
        client_secret_digest=digests.digest(ring().first, sha256),
        client_secret_fingerprint=seal(
            ring(), Purpose.FINGERPRINT, client_secret_place(key), sha256
        ),
    )
    return secret


def drop_client_secret(key: ApiKey) -> None:
    """Forget the client secret: the key no longer asks for one."""
    AccessPolicy.objects.filter(key=key).update(
        client_secret_digest=None, client_secret_fingerprint=None
    )


def client_secret_place(key: ApiKey) -> str:
    return f"client_secret:{key.public_id}"


def recoverable_place(key: ApiKey) -> str:
    return f"recoverable:{key.public_id}"


def _seal_recoverable(key: ApiKey, secret: Secret, now: datetime) -> None:
    place = recoverable_place(key)
    sealed = seal(ring(), Purpose.RECOVERABLE, place, secret.reveal().encode())
    SealedSecret.objects.update_or_create(
        place=place,
        defaults={
            "purpose": Purpose.RECOVERABLE,
            "key": key,
            "sealed": sealed,
            "created_at": now,
        },
    )
