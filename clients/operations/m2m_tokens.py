"""Opaque tokens between machines: make one, or give one again, and revoke it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from apikeys.conf import ring
from apikeys.domain import digests, minting
from apikeys.domain.actors import Actor
from apikeys.domain.errors import InvalidInput, NotFound
from apikeys.domain.events import Action
from apikeys.domain.sealing import Purpose, seal, unseal
from apikeys.domain.secret import Secret
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.reasons import clean_reason
from apikeys.operations.transactions import mutation
from clients.domain.ids import new_m2m_token_id
from clients.domain.machines import TOKEN_PREFIX, content_mark
from clients.domain.times import SKEW_SECONDS
from clients.models import M2MToken, ServiceClient
from clients.operations.m2m_jwts import IssuedM2M
from clients.operations.reaching import lock_client


@mutation
def issue_m2m_token(
    actor: Actor,
    client_id: str,
    *,
    claims: object = None,
    lifetime: timedelta | None = None,
    min_remaining_seconds: int | None = None,
    now: datetime | None = None,
) -> IssuedM2M:
    """An opaque token for all the clients that this one is scoped to.

    With `min_remaining_seconds`, one that it has already, if that says the same and lives as long
    still: the client is locked, so that of many who ask at once all get one token. Raises
    `NotFound`, `InvalidInput`.
    """
    now = now or utc_now()
    client = lock_client(actor, client_id)
    lifetime = lifetime or timedelta(seconds=client.m2m_token_seconds)
    others = client.machine_scopes.order_by("pk")
    scopes = list(others.values_list("to_client__public_id", flat=True))
    mark = content_mark(claims, scopes)
    if min_remaining_seconds is not None:
        again = _again(client, mark, min_remaining_seconds, lifetime, now)
        if again is not None:
            return again
    public_id, secret = new_m2m_token_id(), minting.mint(TOKEN_PREFIX, "live")
    M2MToken.objects.create(
        public_id=public_id,
        client=client,
        digest=digests.digest(ring().first, digests.fingerprint_of(secret)),
        sealed=seal(
            ring(), Purpose.RECOVERABLE, m2m_token_place(public_id), secret.reveal().encode()
        ),
        claims=claims,
        scopes=scopes,
        mark=mark,
        created_at=now,
        expires_at=now + lifetime,
    )
    audit.record(actor, Action.TOKEN_ISSUED, client, now=now, changes={"token": public_id})
    return IssuedM2M(_reread(public_id), secret)


@mutation
def revoke_m2m_token(
    actor: Actor,
    token_id: str,
    *,
    machine: ServiceClient | None = None,
    reason: object = "",
    now: datetime | None = None,
) -> M2MToken:
    """End a token, one of this machine's own if one is named. Repeating it changes nothing.

    Raises `NotFound`, `InvalidInput`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    tokens = M2MToken.objects.of_tenant(actor.tenant_id).select_for_update(of=("self",))
    mine = Q() if machine is None else Q(client=machine)
    token = tokens.select_related("client__tenant").filter(mine, public_id=token_id).first()
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        M2MToken.objects.filter(pk=token.pk).update(
            revoked_at=now, revocation_reason=reason, digest=None, sealed=None
        )
        told = {"token": token_id}
        audit.record(
            actor, Action.TOKEN_REVOKED, token.client, now=now, reason=reason, changes=told
        )
    return _reread(token_id)


def m2m_token_place(token_id: str) -> str:
    """The row that a sealed token is bound to."""
    return f"m2m_token:{token_id}"


def _again(
    client: ServiceClient, mark: str, seconds: int, lifetime: timedelta, now: datetime
) -> IssuedM2M | None:
    remaining = timedelta(seconds=min(seconds, 10**9))
    if remaining >= lifetime:
        detail = "It must be less than the whole life of the token."
        raise InvalidInput.at("/min_remaining_seconds", "out_of_range", detail)
    same = M2MToken.objects.alive(now).whole().filter(client=client, mark=mark)
    # Nor one that outlives what is asked for: its holder counts on the end that it asked for.
    latest = now + lifetime + timedelta(seconds=SKEW_SECONDS)
    fitting = same.filter(expires_at__gte=now + remaining, expires_at__lte=latest)
    token = fitting.order_by("-expires_at").first()
    if token is None or token.sealed is None:
        return None
    place = m2m_token_place(token.public_id)
    plain = unseal(ring(), Purpose.RECOVERABLE, place, token.sealed).decode()
    return IssuedM2M(token, Secret(plain))


def _reread(token_id: str) -> M2MToken:
    token: M2MToken = M2MToken.objects.whole().get(public_id=token_id)
    return token
