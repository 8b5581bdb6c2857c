"""Give a client a key pair, or take the public key that it brings; and take keys away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apikeys.conf import ring
from apikeys.domain import digests, minting
from apikeys.domain.actors import Actor
from apikeys.domain.errors import InvalidInput, NotFound
from apikeys.domain.events import Action
from apikeys.domain.kinds import BadValue
from apikeys.domain.sealing import Purpose, seal
from apikeys.domain.secret import Secret
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.reasons import clean_reason
from apikeys.operations.transactions import mutation
from clients.domain.errors import AccessKeyExists, TooManyAccessKeys
from clients.domain.ids import new_access_key_id
from clients.domain.keypairs import access_key_text, new_pair
from clients.domain.public_keys import PublicKey, read_public_key
from clients.models import AccessKey, ServiceClient
from clients.operations.reaching import lock_client, require_equal

ACTIVE_MAX = 5


@dataclass(frozen=True, slots=True)
class RequestedKey:
    """A new access key, with what is shown of it this once; None where the client brought a key."""

    key: AccessKey
    access_key: Secret | None = None
    client_secret: Secret | None = None


@mutation
def request_access_key(
    actor: Actor, client_id: str, *, public_key: object = None, now: datetime | None = None
) -> RequestedKey:
    """A new key for the client: a fresh pair, or `public_key` (base64 SPKI or PEM) of its own.

    The client is locked first, so that of several requests at once only as many succeed as there
    is room. Raises `NotFound`, `InvalidInput`, `GrantExceedsHolder`, `TooManyAccessKeys`,
    `AccessKeyExists`.
    """
    now = now or utc_now()
    brought = None if public_key is None else _read(public_key)
    client = lock_client(actor, client_id)
    require_equal(actor, client.scopes or ())
    if client.access_keys.filter(revoked_at=None).count() >= ACTIVE_MAX:
        raise TooManyAccessKeys
    if brought is not None:
        return RequestedKey(_store(actor, client, brought, {}, now))
    pair, key_id = new_pair(), new_access_key_id()
    client_secret = minting.mint("cs", "live")
    key = _store(
        actor, client, pair.public, {"public_id": key_id, **_kept(client_secret, key_id)}, now
    )
    text = access_key_text(client.public_id, key_id, client.tenant.public_id, pair.private)
    return RequestedKey(key, text, client_secret)


@mutation
def delete_access_key(
    actor: Actor,
    client_id: str,
    key_id: str,
    *,
    reason: object = "",
    now: datetime | None = None,
) -> None:
    """Take a key away: nothing signed with it is taken from now on, nor its client secret.

    Raises `NotFound`, also when it was taken away before, or `InvalidInput`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    client = lock_client(actor, client_id)
    key = client.access_keys.filter(public_id=key_id, revoked_at=None).first()
    if key is None:
        raise NotFound
    AccessKey.objects.filter(pk=key.pk).update(
        revoked_at=now, secret_digest=None, pepper_id=None, secret_fingerprint=None
    )
    told = {"client": client.public_id}
    audit.record(actor, Action.ACCESS_KEY_DELETED, key, now=now, reason=reason, changes=told)


def secret_place(key_id: str) -> str:
    """The row that a sealed fingerprint of a client secret is bound to."""
    return f"access_key:{key_id}"


def _read(public_key: object) -> PublicKey:
    try:
        return read_public_key(public_key)
    except BadValue as error:
        raise InvalidInput.at("/public_key", error.code, error.detail) from error


def _kept(client_secret: Secret, key_id: str) -> dict[str, Any]:
    """What is stored of a client secret."""
    sha256 = digests.fingerprint_of(client_secret)
    return {
        "secret_digest": digests.digest(ring().first, sha256),
        "pepper_id": ring().first.fingerprint,
        "secret_fingerprint": seal(ring(), Purpose.FINGERPRINT, secret_place(key_id), sha256),
    }


def _store(
    actor: Actor, client: ServiceClient, public: PublicKey, columns: dict[str, Any], now: datetime
) -> AccessKey:
    try:
        with transaction.atomic():
            key = AccessKey.objects.create(
                client=client,
                algorithm=public.algorithm,
                public_key=public.spki,
                fingerprint=public.fingerprint,
                created_at=now,
                created_by=actor.id[:255],
                **columns,
            )
    except IntegrityError:
        # from None: the database quotes the row.
        raise AccessKeyExists from None
    told = {"client": client.public_id, "fingerprint": key.fingerprint}
    audit.record(actor, Action.ACCESS_KEY_CREATED, key, now=now, changes=told)
    return key
