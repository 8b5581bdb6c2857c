"""Who a token speaks for: a client that signed it itself, or one that the service gave it to.

Asked of the stored rows at every call, so a deletion or a disabling holds from the next one on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from apikeys.domain.scopes import covers_scope
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation
from clients.conf import settings
from clients.domain.errors import BadToken
from clients.domain.issuers import client_named_by
from clients.domain.times import LIFE_SECONDS_MAX
from clients.domain.tokens import Token, check_signature, check_times, read_token
from clients.models import AccessKey, ServiceClient
from clients.operations.signing import published_key
from clients.operations.tokens import is_revoked

_PRECISION = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that may be taken, and whose it is. `issued_here`: the service signed it."""

    client: ServiceClient
    scopes: tuple[str, ...]
    token: Token
    expires: int
    issued_here: bool = False
    key: AccessKey | None = field(default=None, repr=False)


def bearer_of(
    text: str,
    *,
    thumbprint: Callable[[], str | None] | None,
    now: datetime | None = None,
) -> Bearer:
    """The bearer of a token, or `BadToken`.

    `thumbprint` gives that of the client certificate with which the token came, if any; without it
    the binding of a token to one is not asked about.
    """
    now = now or utc_now()
    token = read_token(text)
    expires = check_times(token, now, life_seconds_max=LIFE_SECONDS_MAX)
    issuer = token.text_claim("iss")
    if issuer in settings.ISSUERS:
        return _issued_here(token, expires, thumbprint, now)
    bearer = _signed_by_client(token, issuer, expires, now)
    if thumbprint is not None:
        _check_binding(token, thumbprint)
    return bearer


def _signed_by_client(token: Token, issuer: str, expires: int, now: datetime) -> Bearer:
    client_id = client_named_by(issuer, settings.ISSUERS)
    if client_id is None:
        raise BadToken("unknown issuer")
    _require_subject(token, client_id)
    key = access_key_of(client_id, token.kid)
    check_signature(token, key.key)
    client = standing(key.client)
    note_use(key, now)
    return Bearer(client, tuple(client.scopes), token, expires, key=key)


def _issued_here(
    token: Token, expires: int, thumbprint: Callable[[], str | None] | None, now: datetime
) -> Bearer:
    key = published_key(token.kid, now)
    if key is None:
        raise BadToken("unknown signing key")
    check_signature(token, key.key)
    client_id = token.text_claim("sub")
    _require_subject(token, client_id)
    client = ServiceClient.objects.select_related("tenant").filter(public_id=client_id).first()
    if client is None or is_revoked(token.text_claim("jti")):
        raise BadToken("revoked, or its client is gone")
    if thumbprint is not None:
        _check_audience(token)
        _check_binding(token, thumbprint)
    asked = str(token.claims.get("scope", "")).split()
    return Bearer(standing(client), _still_held(client, asked), token, expires, issued_here=True)


def access_key_of(client_id: str, kid: str) -> AccessKey:
    """The active key with this id, of this client alone. Raises `BadToken`."""
    key = (
        AccessKey.objects.select_related("client__tenant")
        .filter(public_id=kid, client__public_id=client_id, revoked_at=None)
        .first()
    )
    if key is None:
        raise BadToken("unknown key of this client")
    return key


def note_use(key: AccessKey, now: datetime) -> None:
    """Remember when a key was last used, to the minute."""
    if key.last_used_at is None or key.last_used_at < now - _PRECISION:
        _write_use(key.pk, now)


@mutation
def _write_use(pk: int, now: datetime) -> None:
    before = Q(last_used_at=None) | Q(last_used_at__lt=now)
    AccessKey.objects.filter(before, pk=pk).update(last_used_at=now)


def standing(client: ServiceClient) -> ServiceClient:
    """The client, if it is enabled and its tenant active. Raises `BadToken`."""
    if not client.enabled:
        raise BadToken("the client is disabled")
    if not client.tenant.is_active:
        raise BadToken("the tenant is suspended")
    return client


def _require_subject(token: Token, client_id: str) -> None:
    if token.text_claim("sub") != client_id:
        raise BadToken("sub is not the client")
    if token.claims.get("client_id", client_id) != client_id:
        raise BadToken("client_id is not the client")


def _check_audience(token: Token) -> None:
    """Whoever else got a token for itself must not be able to use it here (RFC 9068, section 4)."""
    audience = token.claims.get("aud")
    if audience not in settings.ISSUERS:
        raise BadToken("made for another audience")


def _check_binding(token: Token, thumbprint: Callable[[], str | None]) -> None:
    binding = token.claims.get("cnf")
    if binding is None:
        return
    wanted = binding.get("x5t#S256") if isinstance(binding, dict) else None
    if wanted is None or thumbprint() != wanted:
        raise BadToken("bound to another client certificate")


def _still_held(client: ServiceClient, asked: list[str]) -> tuple[str, ...]:
    """What the token says, as far as the client still holds it."""
    return tuple(scope for scope in asked if covers_scope(client.scopes, scope))
