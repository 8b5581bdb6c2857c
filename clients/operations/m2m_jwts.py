"""Tokens between machines as signed JWTs: nothing of them is stored, so none can be revoked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt

from apikeys.domain.actors import Actor
from apikeys.domain.errors import InvalidInput, NotFound
from apikeys.domain.secret import Secret
from apikeys.operations.reaching import utc_now
from clients.conf import settings
from clients.domain.errors import BadToken
from clients.domain.ids import new_m2m_token_id
from clients.domain.machines import client_id_of, machine_id
from clients.domain.times import LIFE_SECONDS_MAX
from clients.domain.tokens import LENGTH_MAX, M2M_TYPE, check_signature, check_times, read_token
from clients.models import M2MToken, ServiceClient
from clients.operations.signing import current_key, private_key_of, published_key

# What we say ourselves, or what says something in other tokens of ours.
RESERVED = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scopes", "scope", "client_id", "cnf"}
)


@dataclass(frozen=True, slots=True)
class IssuedM2M:
    """A token between machines and its text."""

    token: M2MToken
    secret: Secret


def issue_m2m_jwt(
    actor: Actor,
    client_id: str,
    *,
    claims: object = None,
    lifetime: timedelta | None = None,
    now: datetime | None = None,
) -> IssuedM2M:
    """A signed token for all the clients that this one is scoped to, at most a day long.

    Until then the key that signs it stays published. The token is not a row. Raises `NotFound`,
    `InvalidInput`.
    """
    now = (now or utc_now()).replace(microsecond=0)
    clients = ServiceClient.objects.of_tenant(actor.tenant_id).as_machines()
    client = clients.filter(public_id=client_id).first()
    if client is None:
        raise NotFound
    life = lifetime or timedelta(seconds=client.m2m_token_seconds)
    token = M2MToken(
        public_id=new_m2m_token_id(),
        client=client,
        claims=_taken(claims) or None,
        scopes=[it.public_id for it in client.scoped_clients],
        created_at=now,
        expires_at=now + timedelta(seconds=_whole_seconds(life)),
    )
    return IssuedM2M(token, _signed(token))


def m2m_of_jwt(secret: Secret, now: datetime) -> M2MToken:
    """The token that a JWT of ours is, if it is good now. Raises `BadToken`."""
    read = read_token(secret.reveal(), types=frozenset({M2M_TYPE}))
    # Our own clock made it and checks it: no allowance for another's.
    expires = check_times(read, now, life_seconds_max=LIFE_SECONDS_MAX)
    if expires <= now.timestamp() or read.text_claim("iss") not in settings.ISSUERS:
        raise BadToken("over, or not from here")
    key = published_key(read.kid, now)
    if key is None:
        raise BadToken("unknown signing key")
    check_signature(read, key.key)
    clients = ServiceClient.objects.as_machines()
    client = clients.filter(public_id=client_id_of(read.text_claim("sub"))).first()
    if client is None:
        raise BadToken("its client is gone")
    return _as_row(client, read.claims, expires)


def _as_row(client: ServiceClient, claims: Mapping[str, Any], expires: int) -> M2MToken:
    chosen = {name: value for name, value in claims.items() if name not in RESERVED}
    return M2MToken(
        public_id=claims["jti"],
        client=client,
        claims=chosen or None,
        scopes=[client_id_of(it) for it in claims.get("aud", ())],
        created_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


def _taken(claims: object) -> dict[str, Any]:
    if claims is None:
        return {}
    if not isinstance(claims, dict):
        raise InvalidInput.at("/claims", "not_object", "The claims of a JWT are an object.")
    if strange := sorted(claims.keys() & RESERVED):
        detail = f"A JWT says this itself: {', '.join(strange)}."
        raise InvalidInput.at("/claims", "reserved_claim", detail)
    return claims


def _whole_seconds(life: timedelta) -> int:
    seconds = math.ceil(life.total_seconds())
    if seconds > LIFE_SECONDS_MAX:
        detail = f"A JWT lives at most {LIFE_SECONDS_MAX} seconds. Ask for less, or an opaque one."
        raise InvalidInput.at("/lifetime", "out_of_range", detail)
    return seconds


def _signed(token: M2MToken) -> Secret:
    if not settings.ISSUERS:
        detail = "This service names no issuer. Ask for an opaque token."
        raise InvalidInput.at("/format", "unavailable", detail)
    meant_for = [machine_id(it) for it in token.scopes]
    claims = {
        **(token.claims or {}),
        "iss": settings.ISSUERS[0],
        "sub": machine_id(token.client.public_id),
        **({"aud": meant_for, "scopes": " ".join(meant_for)} if meant_for else {}),
        "iat": int(token.created_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
        "jti": token.public_id,
    }
    key = current_key()
    header = {"alg": key.algorithm, "kid": key.kid, "typ": M2M_TYPE}
    text = jwt.encode(header, claims, private_key_of(key), algorithms=[key.algorithm])
    if len(text) > LENGTH_MAX:
        detail = f"The token would have more than {LENGTH_MAX} characters. Ask for an opaque one."
        raise InvalidInput.at("/claims", "too_long", detail)
    return Secret(text)
