"""The decision: may this key be used like this, now? The only place that says so.

`decide` walks `RULES` in the contract's order; the first refusal is the answer. Rules are pure:
what they need was read before, and nothing is counted here. A rule whose fact was not given
refuses, except the origin list, which binds only browser requests.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime

from apikeys.domain import scopes, signatures
from apikeys.domain.addresses import address_allowed
from apikeys.domain.certificates import thumbprint
from apikeys.domain.lifecycle import has_passed
from apikeys.domain.minting import ENVIRONMENTS, is_malformed
from apikeys.domain.origins import domain_allowed, origin_allowed
from apikeys.domain.presentation import Presentation
from apikeys.domain.terms import Terms
from apikeys.domain.verdict import Check, Outcome, Verdict

Rule = Callable[[Terms, Presentation, datetime], Outcome | None]


def decide(terms: Terms | None, presentation: Presentation, now: datetime) -> Verdict:
    """The verdict on one presentation of a secret; `terms` None: no key has this secret.

    Whom the verdict tells of no terms may not know of the key either.
    """
    if is_malformed(presentation.secret.reveal()):
        return Verdict(Outcome.MALFORMED)
    if terms is None:
        return Verdict(Outcome.NOT_FOUND)
    return decide_known(terms, presentation, now)


def decide_known(terms: Terms, presentation: Presentation, now: datetime) -> Verdict:
    """The same for a secret that was looked up before, so that it cannot be malformed."""
    if terms.deleted_at is not None:
        return Verdict(Outcome.NOT_FOUND)
    if presentation.explain:
        return _explained(terms, presentation, now)
    for rule in RULES:
        refusal = rule(terms, presentation, now)
        if refusal:
            return Verdict(refusal, terms)
    return Verdict(Outcome.VALID, terms)


def _explained(terms: Terms, presentation: Presentation, now: datetime) -> Verdict:
    """The same verdict with every rule's part in it, also those behind the first refusal."""
    refusals = [(rule.__name__, rule(terms, presentation, now)) for rule in RULES]
    checks = tuple(Check(name, passed=code is None, code=code) for name, code in refusals)
    first = next((code for _, code in refusals if code), Outcome.VALID)
    return Verdict(first, terms, checks)


def not_revoked(terms: Terms, _: Presentation, __: datetime) -> Outcome | None:
    return Outcome.REVOKED if terms.revoked_at is not None else None


def not_disabled(terms: Terms, _: Presentation, __: datetime) -> Outcome | None:
    return Outcome.DISABLED if terms.hold == "disabled" else None


def not_suspended(terms: Terms, _: Presentation, __: datetime) -> Outcome | None:
    standing = terms.tenant_active and terms.hold != "suspended"
    return None if standing else Outcome.SUSPENDED


def not_pending(terms: Terms, _: Presentation, __: datetime) -> Outcome | None:
    waiting = terms.hold in ("pending_verification", "pending_review")
    return Outcome.PENDING if waiting else None


def not_in_maintenance(terms: Terms, _: Presentation, __: datetime) -> Outcome | None:
    return Outcome.MAINTENANCE if terms.hold == "maintenance" else None


def not_expired(terms: Terms, _: Presentation, now: datetime) -> Outcome | None:
    """The key's own end, or the end of the grace of a secret that was rotated away."""
    ended = has_passed(terms.expires_at, now) or has_passed(terms.secret_retires_at, now)
    return Outcome.EXPIRED if ended else None


def right_environment(terms: Terms, asked: Presentation, _: datetime) -> Outcome | None:
    """`live` and `test` must be the key's own; any word must be in the list, if there is one."""
    named, allowed = asked.environment, terms.policy.allowed_environments
    if named in ENVIRONMENTS and named != terms.environment:
        return Outcome.WRONG_ENVIRONMENT
    if allowed is not None and named not in allowed:
        return Outcome.WRONG_ENVIRONMENT
    return None


def over_https(terms: Terms, asked: Presentation, _: datetime) -> Outcome | None:
    bound = terms.policy.enforce_https
    return Outcome.HTTPS_REQUIRED if bound and asked.scheme != "https" else None


def from_allowed_ip(terms: Terms, asked: Presentation, _: datetime) -> Outcome | None:
    networks = terms.policy.allowed_ips
    if networks is None:
        return None
    allowed = asked.ip is not None and address_allowed(networks, asked.ip)
    return None if allowed else Outcome.IP_NOT_ALLOWED


def from_allowed_origin(terms: Terms, asked: Presentation, _: datetime) -> Outcome | None:
    """Only browsers name an origin, so a call without one is not refused."""
    patterns = terms.policy.allowed_origins
    if patterns is None or asked.origin is None:
        return None
    return None if origin_allowed(patterns, asked.origin) else Outcome.ORIGIN_NOT_ALLOWED


def at_allowed_domain(terms: Terms, asked: Presentation, _: datetime) -> Outcome | None:
    patterns = terms.policy.allowed_domains
    if patterns is None:
        return None
    allowed = asked.domain is not None and domain_allowed(patterns, asked.domain)
    return None if allowed else Outcome.DOMAIN_NOT_ALLOWED


def with_certificate(terms: Terms, asked: Presentation, _: datetime) -> Outcome | None:
    """RFC 8705: the certificate's thumbprint is the one the key is bound to.

    A hash without `enforce_mutual_tls` binds too: whoever set it meant it.
    """
    bound_to = terms.policy.client_certificate_hash
    if not terms.policy.enforce_mutual_tls and bound_to is None:
        return None
    if not asked.client_certificate:
        return Outcome.CERTIFICATE_REQUIRED
    try:
        presented = thumbprint(asked.client_certificate)
    except ValueError:
        return Outcome.CERTIFICATE_MISMATCH
    same = bound_to is not None and hmac.compare_digest(presented, bound_to)
    return None if same else Outcome.CERTIFICATE_MISMATCH


def signed(terms: Terms, asked: Presentation, now: datetime) -> Outcome | None:
    """RFC 9421, keyed with the secret itself."""
    if not terms.policy.requires_signature:
        return None
    if asked.signed_request is None:
        return Outcome.SIGNATURE_REQUIRED
    problem = signatures.signature_problem(
        asked.signed_request,
        asked.secret,
        terms.policy.allowed_signature_algorithms,
        now,
    )
    return Outcome.SIGNATURE_INVALID if problem else None


def with_client_secret(terms: Terms, asked: Presentation, _: datetime) -> Outcome | None:
    if not terms.policy.requires_client_secret:
        return None
    if not asked.client_secret_digests:
        return Outcome.CLIENT_SECRET_REQUIRED
    known = terms.policy.client_secret_digest
    same = known is not None and any(
        hmac.compare_digest(known, digest) for digest in asked.client_secret_digests
    )
    return None if same else Outcome.CLIENT_SECRET_INVALID


def granted(terms: Terms, asked: Presentation, _: datetime) -> Outcome | None:
    """Every scope, every permission and the resource asked for is within the grants.

    The scopes of keys that are not management keys are the application's words: `api_keys:write`
    means nothing here when such a key holds it.
    """
    within = (
        not (asked.management and terms.key_type != "management")
        and not scopes.missing_scopes(terms.scopes, asked.scopes)
        and all(scopes.covers_permission(terms.permissions, word) for word in asked.permissions)
        and _covers_resource(terms, asked)
    )
    return None if within else Outcome.INSUFFICIENT_SCOPE


def _covers_resource(terms: Terms, asked: Presentation) -> bool:
    if terms.resource_scopes is None:
        return True
    wanted = asked.resource
    return wanted is not None and any(scope.covers(wanted) for scope in terms.resource_scopes)


RULES: tuple[Rule, ...] = (
    not_revoked,
    not_disabled,
    not_suspended,
    not_pending,
    not_in_maintenance,
    not_expired,
    right_environment,
    over_https,
    from_allowed_ip,
    from_allowed_origin,
    at_allowed_domain,
    with_certificate,
    signed,
    with_client_secret,
    granted,
)
