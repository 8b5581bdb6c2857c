"""Outcome of a verify → HTTP answer to whoever calls with that key: the one table.

An outsider learns nothing about a key by trying it: all 401 read alike. Whoever gets a 403 or 429
holds a key that is in force and is told which of its rules refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from apikeys.api.ratelimits import limit_fields
from apikeys.api.refusals import AUTHENTICATION_FAILED, CHALLENGE, Refusal
from apikeys.domain.verdict import Outcome, Verdict
from apikeys.operations.reaching import utc_now


def refusal_for(verdict: Verdict, *, scopes: Iterable[str] = ()) -> Refusal | None:
    """What the caller is answered; None when the verdict lets it pass.

    `scopes` are those that were demanded, for the challenge of RFC 6750, section 3.
    """
    match verdict.outcome:
        case Outcome.VALID:
            return None
        case (
            Outcome.MALFORMED
            | Outcome.NOT_FOUND
            | Outcome.REVOKED
            | Outcome.DISABLED
            | Outcome.SUSPENDED
            | Outcome.PENDING
            | Outcome.MAINTENANCE
            | Outcome.EXPIRED
        ):
            return AUTHENTICATION_FAILED
        case (
            Outcome.WRONG_ENVIRONMENT
            | Outcome.HTTPS_REQUIRED
            | Outcome.IP_NOT_ALLOWED
            | Outcome.ORIGIN_NOT_ALLOWED
            | Outcome.DOMAIN_NOT_ALLOWED
            | Outcome.CERTIFICATE_REQUIRED
            | Outcome.CERTIFICATE_MISMATCH
            | Outcome.SIGNATURE_REQUIRED
            | Outcome.SIGNATURE_INVALID
            | Outcome.CLIENT_SECRET_REQUIRED
            | Outcome.CLIENT_SECRET_INVALID
        ):
            return Refusal(403, verdict.outcome, _SENTENCES[verdict.outcome])
        case Outcome.INSUFFICIENT_SCOPE:
            return insufficient_scope(scopes)
        case (
            Outcome.RATE_LIMITED
            | Outcome.QUOTA_EXCEEDED
            | Outcome.CONCURRENCY_EXCEEDED
            | Outcome.CREDITS_EXHAUSTED
        ):
            return _later(429, verdict)
        case Outcome.UNDETERMINED:
            return _later(503, verdict)
        case _:
            assert_never(verdict.outcome)


def _later(status: int, verdict: Verdict) -> Refusal:
    headers = limit_fields(verdict, utc_now())
    return Refusal(status, verdict.outcome, _SENTENCES[verdict.outcome], headers=headers)


def insufficient_scope(scopes: Iterable[str] = ()) -> Refusal:
    """403 that names what was demanded: the calls of an API say it in its documentation anyway."""
    demanded = tuple(scopes)
    wanted = " ".join(demanded)
    told = f" This needs: {wanted}." if wanted else ""
    named = f', scope="{wanted}"' if wanted else ""
    return Refusal(
        403,
        Outcome.INSUFFICIENT_SCOPE,
        f"{_SENTENCES[Outcome.INSUFFICIENT_SCOPE]}{told}",
        headers={"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope"{named}'},
        scopes=demanded,
    )


_SENTENCES = {
    Outcome.WRONG_ENVIRONMENT: "The key is not for this environment.",
    Outcome.HTTPS_REQUIRED: "The key is for https only. Replace it: it was sent in clear.",
    Outcome.IP_NOT_ALLOWED: "The key may not be used from this IP address.",
    Outcome.ORIGIN_NOT_ALLOWED: "The key may not be used from this origin.",
    Outcome.DOMAIN_NOT_ALLOWED: "The key may not be used at this domain.",
    Outcome.CERTIFICATE_REQUIRED: "The key is bound to a client certificate; connect with it.",
    Outcome.CERTIFICATE_MISMATCH: "The key is bound to another client certificate.",
    Outcome.SIGNATURE_REQUIRED: "Requests with this key are to be signed (RFC 9421).",
    Outcome.SIGNATURE_INVALID: "The signature of the request does not hold.",
    Outcome.CLIENT_SECRET_REQUIRED: "The key needs its client secret: send X-Client-Secret.",
    Outcome.CLIENT_SECRET_INVALID: "The client secret is not the key's.",
    Outcome.INSUFFICIENT_SCOPE: "The key does not hold what this asks for.",
    Outcome.RATE_LIMITED: "Too many requests with this key. Slow down.",
    Outcome.QUOTA_EXCEEDED: "The quota of the key is used up.",
    Outcome.CONCURRENCY_EXCEEDED: "Too many requests with this key at once.",
    Outcome.CREDITS_EXHAUSTED: "The credits of the key are used up.",
    Outcome.UNDETERMINED: "The key cannot be checked at the moment. Try again shortly.",
}
