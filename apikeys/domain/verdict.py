"""The fate of one presented secret: a closed list of outcomes, and the value that carries one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from apikeys.domain.terms import Terms


class Outcome(StrEnum):
    """Everything a verify can answer, in the order in which it is decided.

    Surfaces match it exhaustively with `assert_never`, so a new member fails the type check until
    each of them says how it answers.
    """

    MALFORMED = "malformed"
    NOT_FOUND = "not_found"
    REVOKED = "revoked"
    DISABLED = "disabled"
    SUSPENDED = "suspended"
    PENDING = "pending"
    MAINTENANCE = "maintenance"
    EXPIRED = "expired"
    WRONG_ENVIRONMENT = "wrong_environment"
    HTTPS_REQUIRED = "https_required"
    IP_NOT_ALLOWED = "ip_not_allowed"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    DOMAIN_NOT_ALLOWED = "domain_not_allowed"
    CERTIFICATE_REQUIRED = "certificate_required"
    CERTIFICATE_MISMATCH = "certificate_mismatch"
    SIGNATURE_REQUIRED = "signature_required"
    SIGNATURE_INVALID = "signature_invalid"
    CLIENT_SECRET_REQUIRED = "client_secret_required"  # noqa: S105  (the name of an outcome)
    CLIENT_SECRET_INVALID = "client_secret_invalid"  # noqa: S105  (the name of an outcome)
    INSUFFICIENT_SCOPE = "insufficient_scope"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    CONCURRENCY_EXCEEDED = "concurrency_exceeded"
    CREDITS_EXHAUSTED = "credits_exhausted"
    VALID = "valid"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's part in a decision, for `explain`: what it asks and whether that held."""

    rule: str
    passed: bool
    code: Outcome | None = None


class LimitState(NamedTuple):
    """What one limit has left: `reset_at` is when it is whole again; None: never by itself."""

    name: str
    limit: int
    remaining: int
    reset_at: datetime | None


class Verdict(NamedTuple):
    """The answer to one verify. A tuple, as all that is made at each, since those are made faster.

    `terms` is what was known of the key: None when there was none, or nothing could be read.
    `retry_after` is in seconds. `checks` is filled only when an explanation was asked for.
    """

    outcome: Outcome
    terms: Terms | None = None
    checks: tuple[Check, ...] = ()
    limits: tuple[LimitState, ...] = ()
    retry_after: int | None = None
    lease: str | None = None

    @property
    def valid(self) -> bool:
        return self.outcome is Outcome.VALID


RETRY_SECONDS = 1  # what cannot be decided now may be decided in a moment
UNDETERMINED = Verdict(Outcome.UNDETERMINED, retry_after=RETRY_SECONDS)
