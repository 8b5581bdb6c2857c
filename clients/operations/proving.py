"""How a client proves itself at the token endpoint: by its secret, or by a signed assertion."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.secret import Secret
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation
from clients.domain.errors import BadToken
from clients.domain.times import (
    ASSERTION_CLAIM_SECONDS_MAX,
    ASSERTION_SECONDS_MAX,
    SKEW_SECONDS,
)
from clients.domain.tokens import Token, check_signature, check_times, read_token
from clients.models import AccessKey, ServiceClient, UsedAssertion
from clients.operations.bearers import access_key_of, note_use, standing

JTI_LENGTH_MAX = 255


def client_by_secret(
    client_id: str, secret: Secret, *, now: datetime | None = None
) -> ServiceClient:
    """The client with this id, if the secret is one of its active keys'. Raises `BadToken`.

    One keyed hash and one query, whether the client exists or not.
    """
    now = now or utc_now()
    known = [digest for _, digest in digests.candidates(ring(), secret)]
    key = (
        AccessKey.objects.select_related("client__tenant")
        .filter(secret_digest__in=known, revoked_at=None)
        .first()
    )
    if key is None or not any(
        hmac.compare_digest(bytes(key.secret_digest or b""), it) for it in known
    ):
        raise BadToken("unknown secret")
    if not hmac.compare_digest(key.client.public_id.encode(), client_id.encode()):
        raise BadToken("the secret is another client's")
    client = standing(key.client)
    note_use(key, now)
    return client


def client_by_assertion(
    text: str, *, audiences: frozenset[str], now: datetime | None = None
) -> ServiceClient:
    """The client that signed an assertion for us (RFC 7523), once and not long ago.

    It is good for five minutes from its `iat`, whatever its `exp` says: an hour, with some
    libraries. `aud` must be one of ours and nothing else; a `jti` counts once. Raises `BadToken`.
    """
    now = now or utc_now()
    token = read_token(text)
    expires = _end_of(token, now)
    client_id = token.text_claim("iss")
    if token.text_claim("sub") != client_id:
        raise BadToken("iss and sub differ")
    _check_audience(token.claims.get("aud"), audiences)
    jti = token.text_claim("jti")
    if len(jti) > JTI_LENGTH_MAX:
        raise BadToken("jti is too long")
    key = access_key_of(client_id, token.kid)
    check_signature(token, key.key)
    client = standing(key.client)
    _use_up(client, jti, expires)
    note_use(key, now)
    return client


def _end_of(token: Token, now: datetime) -> int:
    claimed = check_times(token, now, life_seconds_max=ASSERTION_CLAIM_SECONDS_MAX)
    seconds, issued = int(now.timestamp()), token.time_claim("iat")
    if issued is None and claimed > seconds + ASSERTION_SECONDS_MAX + SKEW_SECONDS:
        raise BadToken("without iat, exp is too far away")
    ends = claimed if issued is None else min(claimed, issued + ASSERTION_SECONDS_MAX)
    if ends <= seconds - SKEW_SECONDS:
        raise BadToken("the assertion is too old")
    return ends


def _check_audience(given: object, audiences: frozenset[str]) -> None:
    named = [given] if isinstance(given, str) else given
    if not isinstance(named, list) or len(named) != 1 or not isinstance(named[0], str):
        raise BadToken("aud is not one text")
    if named[0] not in audiences:
        raise BadToken("aud is not this service alone")


@mutation
def _use_up(client: ServiceClient, jti: str, expires: int) -> None:
    mark = hashlib.sha256(f"{client.public_id}|{jti}".encode("utf-8", "surrogatepass")).hexdigest()
    ends_at = datetime.fromtimestamp(expires, UTC) + timedelta(seconds=SKEW_SECONDS)
    try:
        with transaction.atomic():
            UsedAssertion._default_manager.create(mark=mark, expires_at=ends_at)
    except IntegrityError:
        raise BadToken("the assertion was used before") from None
