"""Access tokens that the service issues (RFC 9068), and their early end (RFC 7009)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from joserfc import jwt

from apikeys.domain.actors import Actor
from apikeys.domain.events import Action
from apikeys.domain.scopes import missing_scopes
from apikeys.domain.secret import Secret
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation
from clients.conf import settings
from clients.domain.ids import new_token_id
from clients.models import RevokedToken, ServiceClient
from clients.operations.signing import current_key, private_key_of


class InvalidScope(Exception):
    """The client asked for a scope that it does not hold."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A token with what the token endpoint says of it. `expires_in` is in seconds."""

    token: Secret
    expires_in: int
    scopes: tuple[str, ...]


def issue_token(
    client: ServiceClient,
    scopes: Iterable[str] | None = None,
    *,
    audience: str | None = None,
    thumbprint: str | None = None,
    now: datetime | None = None,
) -> Grant:
    """A token for a client that has proved itself: all its scopes, or the ones it asks for.

    `thumbprint` binds the token to a client certificate (RFC 8705). Nothing is stored. Raises
    `InvalidScope`.
    """
    granted = tuple(client.scopes) if scopes is None else tuple(dict.fromkeys(scopes))
    if missing_scopes(client.scopes, granted):
        raise InvalidScope
    issuer, issued = settings.ISSUERS[0], int((now or utc_now()).timestamp())
    key = current_key()
    claims = {
        "iss": issuer,
        "sub": client.public_id,
        "client_id": client.public_id,
        "aud": audience or issuer,
        "iat": issued,
        "exp": issued + settings.TOKEN_SECONDS,
        "jti": new_token_id(),
        "scope": " ".join(granted),
        **({"cnf": {"x5t#S256": thumbprint}} if thumbprint else {}),
    }
    header = {"alg": key.algorithm, "kid": key.kid, "typ": "at+jwt"}
    text = jwt.encode(header, claims, private_key_of(key), algorithms=[key.algorithm])
    return Grant(Secret(text), settings.TOKEN_SECONDS, granted)


@mutation
def revoke_token(client: ServiceClient, jti: str, expires: int, *, actor: Actor) -> None:
    """End a token of this client before its time. Repeating it changes nothing."""
    now = utc_now()
    ends_at = datetime.fromtimestamp(expires, now.tzinfo)
    _, fresh = RevokedToken._default_manager.get_or_create(
        jti=jti, defaults={"client": client, "expires_at": ends_at}
    )
    if fresh:
        audit.record(actor, Action.TOKEN_REVOKED, client, now=now, changes={"jti": jti})


def is_revoked(jti: str) -> bool:
    return RevokedToken._default_manager.filter(jti=jti).exists()
