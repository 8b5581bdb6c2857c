"""The key pairs with which the service signs its tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from joserfc.jwk import Key, import_key

from apikeys.conf import ring
from apikeys.domain.actors import Actor
from apikeys.domain.errors import VersionMismatch
from apikeys.domain.events import Action
from apikeys.domain.sealing import Purpose, seal, unseal
from apikeys.models import Tenant
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.reasons import clean_reason
from apikeys.operations.tenants import ensure_default_tenant
from apikeys.operations.transactions import mutation
from clients.domain.ids import new_signing_key_id
from clients.domain.keypairs import new_pair, private_pem
from clients.domain.times import LIFE_SECONDS_MAX, SKEW_SECONDS
from clients.models import SigningKey

Role = SigningKey.Role


def current_key() -> SigningKey:
    """The key that signs; the first ones are made when there is none."""
    found: SigningKey | None = SigningKey.objects.filter(role=Role.CURRENT).first()
    return found or _first_keys()


def published_keys(now: datetime | None = None) -> list[dict[str, Any]]:
    """The public JWKs: of the key that signs, of the next one, and of those with tokens alive.

    None before the first token is issued: reading makes no keys.
    """
    still = Q(role__in=[Role.NEXT, Role.CURRENT]) | Q(published_until__gt=now or utc_now())
    return [key.as_jwk() for key in SigningKey.objects.filter(still).order_by("-pk")]


def published_key(kid: str, now: datetime) -> SigningKey | None:
    """The key with this id, while tokens signed with it may be alive."""
    found: SigningKey | None = SigningKey.objects.filter(
        Q(role=Role.CURRENT) | Q(published_until__gt=now), kid=kid
    ).first()
    return found


@mutation
def rotate_signing_key(
    actor: Actor,
    *,
    expected_kid: str | None = None,
    reason: object = "",
    now: datetime | None = None,
) -> SigningKey:
    """Let the next key sign, and publish another next one. Tokens that are out stay good.

    The next key has been published since the last rotation: rotate no oftener than those who check
    tokens read the key set anew. `expected_kid` is the key that the caller takes for the current
    one, so that a repeated request rotates once. Raises `VersionMismatch`, `InvalidInput`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    # One at a time: who waits for the rows alone does not see the next key that was made meanwhile.
    Tenant.objects.select_for_update().get(pk=ensure_default_tenant().pk)
    current_key()
    keys = {key.role: key for key in SigningKey.objects.select_for_update().filter(role__in=Role)}
    if expected_kid not in (None, keys[Role.CURRENT].kid):
        raise VersionMismatch
    outlives = timedelta(seconds=LIFE_SECONDS_MAX + SKEW_SECONDS)
    SigningKey.objects.filter(pk=keys[Role.CURRENT].pk).update(
        role=Role.RETIRED, published_until=now + outlives
    )
    SigningKey.objects.filter(pk=keys[Role.NEXT].pk).update(role=Role.CURRENT, signs_since=now)
    _make(Role.NEXT, now)
    fresh: SigningKey = SigningKey.objects.get(role=Role.CURRENT)
    audit.record(
        actor,
        Action.SIGNING_KEY_ROTATED,
        ensure_default_tenant(),
        now=now,
        reason=reason,
        changes={"kid": [keys[Role.CURRENT].kid, fresh.kid]},
    )
    return fresh


def private_key_of(key: SigningKey) -> Key:
    """The opened private half, for signing."""
    return _opened(key.kid, key.sealed)


def signing_place(kid: str) -> str:
    """The row that a sealed signing key is bound to."""
    return f"signing_key:{kid}"


@lru_cache(maxsize=8)
def _opened(kid: str, sealed: str) -> Key:
    # Kept for the life of the process, as the ring that opens it is.
    return import_key(unseal(ring(), Purpose.SIGNING, signing_place(kid), sealed).decode(), "OKP")


@mutation
def _first_keys() -> SigningKey:
    now = utc_now()
    try:
        with transaction.atomic():
            _make(Role.CURRENT, now, signs_since=now)
            _make(Role.NEXT, now)
    except IntegrityError:
        pass  # another process was first
    made: SigningKey = SigningKey.objects.get(role=Role.CURRENT)
    return made


def _make(role: SigningKey.Role, now: datetime, **columns: object) -> SigningKey:
    pair, kid = new_pair(), new_signing_key_id()
    pem = private_pem(pair.private).reveal().encode()
    made: SigningKey = SigningKey.objects.create(
        kid=kid,
        role=role,
        public_key=pair.public.spki,
        sealed=seal(ring(), Purpose.SIGNING, signing_place(kid), pem),
        created_at=now,
        **columns,
    )
    return made
