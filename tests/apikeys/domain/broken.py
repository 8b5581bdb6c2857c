"""Each refusal with what has to be wrong for it, and which two can be wrong at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from apikeys.domain import minting
from apikeys.domain.presentation import Presentation
from apikeys.domain.secret import Secret
from apikeys.domain.signatures import SignedRequest
from apikeys.domain.terms import Terms
from apikeys.domain.verdict import Outcome

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
SECRET = minting.mint("ks", "live")
KEY = Terms("key_1", "org_1", tenant_active=True, name="test", subject="org_1")
CALL = Presentation(SECRET)
BOUND_TO = "A" * 43
UNSIGNED = SignedRequest("GET", "https://api.example.com/", ())


@dataclass(frozen=True, slots=True)
class Broken:
    """What to change in key, policy and call so that exactly one rule refuses."""

    outcome: Outcome
    terms: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    call: dict[str, Any] = field(default_factory=dict)

    def contradicts(self, other: Broken) -> bool:
        """Whether the two need different values in one place, so that no key can have both."""
        pairs = ((self.terms, other.terms), (self.policy, other.policy), (self.call, other.call))
        return any(
            mine[name] != others[name]
            for mine, others in pairs
            for name in mine.keys() & others.keys()
        )


# In the order of the contract. One row a refusal; `test_rules.py` has more ways to each.
BROKEN = (
    Broken(Outcome.MALFORMED, call={"secret": Secret("")}),
    Broken(Outcome.NOT_FOUND, {"deleted_at": NOON}),
    Broken(Outcome.REVOKED, {"revoked_at": NOON}),
    Broken(Outcome.DISABLED, {"hold": "disabled"}),
    Broken(Outcome.SUSPENDED, {"tenant_active": False}),
    Broken(Outcome.PENDING, {"hold": "pending_review"}),
    Broken(Outcome.MAINTENANCE, {"hold": "maintenance"}),
    Broken(Outcome.EXPIRED, {"expires_at": NOON}),
    Broken(Outcome.WRONG_ENVIRONMENT, call={"environment": "test"}),
    Broken(Outcome.HTTPS_REQUIRED, policy={"enforce_https": True}),
    Broken(Outcome.IP_NOT_ALLOWED, policy={"allowed_ips": ("203.0.113.7",)}),
    Broken(
        Outcome.ORIGIN_NOT_ALLOWED,
        policy={"allowed_origins": ("https://app.example.com",)},
        call={"origin": "https://evil.example"},
    ),
    Broken(Outcome.DOMAIN_NOT_ALLOWED, policy={"allowed_domains": ("example.com",)}),
    Broken(Outcome.CERTIFICATE_REQUIRED, policy={"enforce_mutual_tls": True}),
    Broken(
        Outcome.CERTIFICATE_MISMATCH,
        policy={"client_certificate_hash": BOUND_TO},
        call={"client_certificate": "not a certificate"},
    ),
    Broken(Outcome.SIGNATURE_REQUIRED, policy={"requires_signature": True}),
    Broken(
        Outcome.SIGNATURE_INVALID,
        policy={"requires_signature": True},
        call={"signed_request": UNSIGNED},
    ),
    Broken(Outcome.CLIENT_SECRET_REQUIRED, policy={"requires_client_secret": True}),
    Broken(
        Outcome.CLIENT_SECRET_INVALID,
        policy={"requires_client_secret": True, "client_secret_digest": b"right"},
        call={"client_secret_digests": (b"wrong",)},
    ),
    Broken(Outcome.INSUFFICIENT_SCOPE, call={"scopes": ("words:read",)}),
)
# Where the facts of the first of a pair decide which of the two it is, no call can break both.
EITHER_OR = {
    (Outcome.CERTIFICATE_REQUIRED, Outcome.CERTIFICATE_MISMATCH),
    (Outcome.SIGNATURE_REQUIRED, Outcome.SIGNATURE_INVALID),
    (Outcome.CLIENT_SECRET_REQUIRED, Outcome.CLIENT_SECRET_INVALID),
}
PAIRS = [
    pair
    for pair in combinations(BROKEN, 2)
    if not pair[0].contradicts(pair[1]) and (pair[0].outcome, pair[1].outcome) not in EITHER_OR
]
