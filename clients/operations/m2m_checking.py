"""Checking a token between machines: who sent it, and whether it was meant for who asks."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.db.models import Q

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.errors import NotFound
from apikeys.domain.secret import Secret
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation
from clients.domain.errors import BadToken
from clients.domain.tokens import looks_like_token
from clients.models import M2MToken, ServiceClient
from clients.operations.bearers import standing
from clients.operations.m2m_jwts import m2m_of_jwt

_PRECISION = timedelta(minutes=1)


def check_m2m_token(
    secret: Secret,
    *,
    tenant_id: str | None,
    machine: ServiceClient | None = None,
    now: datetime | None = None,
) -> M2MToken:
    """The token with this text, if it is good, of this tenant, and meant for this machine.

    None is every tenant, and nobody in particular. Raises `NotFound`, whatever is wrong with it.
    """
    now = now or utc_now()
    of_text = m2m_of_jwt if looks_like_token(secret.reveal()) else _known
    try:
        token = of_text(secret, now)
        client = standing(token.client)
    except BadToken:
        raise NotFound from None
    if tenant_id not in (None, client.tenant.public_id):
        raise NotFound
    if machine is not None and machine.public_id not in token.standing_scopes:
        raise NotFound
    if of_text is _known:  # of a JWT there is no row
        _note_use(token, now)
    return token


def _known(secret: Secret, now: datetime) -> M2MToken:
    known = [digest for _, digest in digests.candidates(ring(), secret)]
    token: M2MToken | None = M2MToken.objects.alive(now).whole().filter(digest__in=known).first()
    if token is None or not any(
        hmac.compare_digest(bytes(token.digest or b""), it) for it in known
    ):
        raise BadToken("unknown token")
    return token


def _note_use(token: M2MToken, now: datetime) -> None:
    """Remember when a token was last checked, to the minute."""
    if token.last_used_at is None or token.last_used_at < now - _PRECISION:
        _write_use(token.pk, now)
        token.last_used_at = now


@mutation
def _write_use(pk: int, now: datetime) -> None:
    before = Q(last_used_at=None) | Q(last_used_at__lt=now)
    M2MToken.objects.filter(before, pk=pk).update(last_used_at=now)
