"""The one table of a key's attributes: kind, unit, default, home, and who may write it when.

Validation, the REST fields, the OpenAPI schema and `docs/attributes.md` all follow from it.
"""

from __future__ import annotations

from typing import Any

from apikeys.domain import contacts
from apikeys.domain.addresses import clean_network
from apikeys.domain.attribute import Attribute, Home, Written
from apikeys.domain.certificates import clean_certificate_hash
from apikeys.domain.kinds import (
    Amount,
    Choice,
    Count,
    Flag,
    Fraction,
    Instant,
    Items,
    Kind,
    Number,
    Span,
    Text,
)
from apikeys.domain.lifecycle import Status
from apikeys.domain.minting import ENVIRONMENTS, PREFIX_RULE
from apikeys.domain.origins import clean_domain, clean_origin
from apikeys.domain.scopes import PERMISSION, RESOURCE_SCOPE
from apikeys.domain.structures import Json

__all__ = [
    "ATTRIBUTES",
    "ENVIRONMENTS",
    "HOLDS",
    "KEY_TYPES",
    "Attribute",
    "Home",
    "Written",
    "prefix_rule",
]

TEN_YEARS_SECONDS = 10 * 366 * 86_400
KEY_TYPES = ("standard", "management", "marketplace_subscription")
HOLDS = (
    "disabled",
    "suspended",
    "pending_verification",
    "pending_review",
    "deprecated",
    "maintenance",
)
REFILL_INTERVALS = ("daily", "weekly", "monthly")
# The registry of RFC 9421, section 6.2.
SIGNATURE_ALGORITHMS = (
    "hmac-sha256",
    "ed25519",
    "ecdsa-p256-sha256",
    "ecdsa-p384-sha384",
    "rsa-pss-sha512",
    "rsa-v1_5-sha256",
)


def prefix_rule(text: str) -> str:
    if not PREFIX_RULE.fullmatch(text):
        raise ValueError("Give 2 to 12 lower-case letters and digits, a letter first.")
    return text


def _word(maximum: int = 64) -> Text:
    return Text(maximum, min_length=1)


def _words(maximum: int = 64) -> Items:
    return Items(_word(maximum))


def _kept(name: str, kind: Kind, home: Home, note: str = "") -> Attribute:
    """Kept by the service, and there from the start."""
    return Attribute(name, kind, home, nullable=False, written=Written.NEVER, note=note)


def _later(name: str, kind: Kind, home: Home, note: str = "") -> Attribute:
    """Kept by the service, null until there is something to tell."""
    return Attribute(name, kind, home, written=Written.NEVER, note=note)


def _once(name: str, kind: Kind, home: Home = Home.KEY, **more: Any) -> Attribute:
    return Attribute(name, kind, home, written=Written.CREATION, **more)


def _list(name: str, kind: Items, home: Home, note: str = "") -> Attribute:
    return Attribute(name, kind, home, default=(), nullable=False, note=note)


def _rule(name: str, kind: Items, note: str = "null: no rule; []: allows nothing") -> Attribute:
    return Attribute(name, kind, Home.POLICY, note=note)


def _flag(name: str, home: Home, note: str = "") -> Attribute:
    return Attribute(name, Flag(), home, default=False, nullable=False, note=note)


def _limit(name: str, note: str) -> Attribute:
    return Attribute(name, Count(), Home.LIMITS, note=note)


IDENTITY = (
    _kept("id", _word(), Home.KEY, "`key_` and 32 hex digits; never changes"),
    _once("tenant", _word(), nullable=False, holder="*", note="the caller's own by default"),
    Attribute("name", Text(200, min_length=1), Home.KEY, required=True, nullable=False),
    Attribute("description", Text(1000, multiline=True), Home.KEY, default="", nullable=False),
    _once("key_type", Choice(KEY_TYPES), default="standard", nullable=False),
    Attribute(
        "subject",
        _word(255),
        Home.KEY,
        nullable=False,
        note="whom the key stands for; the tenant's id by default",
    ),
    _once("created_by", _word(255), holder="*", note="the caller by default"),
    _once("environment", Choice(ENVIRONMENTS), default="live", nullable=False),
    _kept("is_test_key", Flag(), Home.COMPUTED, "environment is test"),
    _kept("key_prefix", Text(10), Home.SECRET, "first 10 characters of the secret"),
    _kept("key_hint", Text(4), Home.SECRET, "last 4 characters of the secret"),
    _kept(
        "status",
        Choice(tuple(Status)),
        Home.COMPUTED,
        "from the timestamps and the hold; never stale",
    ),
    Attribute("hold", Choice(HOLDS), Home.KEY, note="the one stored state"),
)
GRANTS = (
    _list("scopes", _words(256), Home.KEY, "words; management keys: the management scopes"),
    _list("permissions", Items(PERMISSION), Home.KEY, "read < write < delete < admin"),
    Attribute(
        "resource_scopes", Items(RESOURCE_SCOPE), Home.KEY, note="null: no rule; []: nothing"
    ),
    Attribute("claims", Json(8192), Home.KEY, note="any JSON, at most 8 KiB"),
    Attribute("metadata", Json(16384, mapping=True), Home.KEY, default={}, nullable=False),
    _list("tags", _words(), Home.KEY),
)
POLICY = (
    _rule("allowed_ips", Items(Text(64, min_length=1, check=clean_network, label="network"))),
    _rule("allowed_domains", Items(Text(255, min_length=1, check=clean_domain, label="domain"))),
    _rule(
        "allowed_origins",
        Items(Text(300, min_length=1, check=clean_origin, label="origin")),
        "null: no rule; []: no origin; binds only calls that name an origin",
    ),
    _rule("allowed_environments", _words()),
    _flag("enforce_https", Home.POLICY),
    _flag("enforce_mutual_tls", Home.POLICY),
    Attribute(
        "client_certificate_hash",
        Text(64, check=clean_certificate_hash),
        Home.POLICY,
        note="x5t#S256 (RFC 8705); hex accepted on input",
    ),
    _flag("enforce_signing", Home.POLICY, "either this or require_request_signing enforces"),
    _flag("require_request_signing", Home.POLICY),
    _rule("allowed_signature_algorithms", Items(Choice(SIGNATURE_ALGORITHMS)), "RFC 9421 names"),
    _flag("requires_client_secret", Home.POLICY, "the answer that sets it shows client_secret"),
)
LIMITS = (
    _limit("requests_per_second", "requests per second"),
    _limit("requests_per_minute", "requests per minute"),
    _limit("requests_per_day", "units per UTC day; a request takes its cost, by default 1"),
    _limit("concurrent_requests", "requests at once"),
    _limit("monthly_request_quota", "units per UTC month; a request takes its cost"),
    _limit("max_uses", "requests in all"),
    _limit("credits", "credits left"),
    _limit("credits_refill_amount", "credits"),
    Attribute("credits_refill_interval", Choice(REFILL_INTERVALS), Home.LIMITS),
    Attribute("cost_per_request", Amount(), Home.LIMITS, note="money, for reports"),
    Attribute("billing_tier", _word(), Home.LIMITS),
    _once("subscription_id", _word(255)),
    _once("recoverable", Flag(), default=False, nullable=False),
    Attribute(
        "max_staleness_seconds",
        Count(0, 60),
        Home.LIMITS,
        default=0,
        nullable=False,
        note="seconds a verdict from memory may be old when limiter and database are down",
    ),
)
USAGE = (
    _kept("total_requests", Count(), Home.TOTALS, "verifies answered valid"),
    _kept("total_errors", Count(), Home.TOTALS, "reported with status >= 400"),
    _kept("successful_requests_count", Count(), Home.TOTALS, "reported < 400"),
    _later("success_rate", Fraction(), Home.COMPUTED, "successes / reported"),
    _later("average_response_time", Number(), Home.COMPUTED, "ms"),
    _kept(
        "endpoint_usage",
        Json(65536, mapping=True),
        Home.COMPUTED,
        "verifies answered valid, by endpoint",
    ),
    _kept(
        "error_rates", Json(65536, mapping=True), Home.COMPUTED, "errors / reported, by endpoint"
    ),
    _kept("recent_errors", Items(Json(2048, mapping=True)), Home.COMPUTED, "newest first"),
    _later("last_used_at", Instant(), Home.TOTALS, "minute precision"),
)
LIFE = (
    _kept("created_at", Instant(), Home.KEY),
    _kept("updated_at", Instant(), Home.KEY),
    Attribute("expires_at", Instant(), Home.KEY),
    _later("revoked_at", Instant(), Home.KEY),
    _later("revoked_by", _word(255), Home.KEY),
    _later("revocation_reason", Text(500), Home.KEY, "set by the revoke call"),
    _later("deleted_at", Instant(), Home.KEY),
    _later("last_rotated_at", Instant(), Home.KEY),
    _later("last_rotation_reason", Text(500), Home.KEY, "set by the rotate call"),
    Attribute("rotation_frequency_days", Count(1, 3650), Home.DETAILS, note="days"),
    _later("rotation_due_at", Instant(), Home.COMPUTED, "last rotation + frequency"),
    Attribute("last_security_review_at", Instant(), Home.DETAILS),
)
ALERTS = (
    _list(
        "alert_emails",
        Items(Text(254, min_length=3, check=contacts.clean_email, label="email"), 20),
        Home.DETAILS,
    ),
    Attribute(
        "webhook_url", Text(1000, check=contacts.clean_webhook_url, format="uri"), Home.DETAILS
    ),
    _flag("alert_on_quota_threshold", Home.DETAILS),
    Attribute("quota_alert_threshold", Fraction(), Home.DETAILS, default=0.8, nullable=False),
    _flag("alert_on_error_spike", Home.DETAILS),
    Attribute("error_alert_threshold", Fraction(), Home.DETAILS, default=0.1, nullable=False),
    _list("monitoring_integrations", _words(), Home.DETAILS),
)
GOVERNANCE = (
    _list("compliance_standards", _words(), Home.DETAILS),
    _flag("requires_audit_logging", Home.DETAILS),
    _flag("log_all_requests", Home.DETAILS),
    Attribute("data_residency", _word(), Home.DETAILS),
    Attribute("data_classification", _word(), Home.DETAILS),
    _kept("encrypted", Flag(), Home.COMPUTED, "a sealed copy of the secret exists"),
    _list("approved_integrations", _words(), Home.DETAILS),
    Attribute("api_version", _word(), Home.DETAILS),
    _list("supported_features", _words(), Home.DETAILS),
    Attribute(
        "documentation_url", Text(1000, check=contacts.clean_web_url, format="uri"), Home.DETAILS
    ),
    Attribute("support_contact", Text(255), Home.DETAILS),
)
# Taken by create, shown by no read.
CREATION_ONLY = (
    _once(
        "seconds_until_expiration",
        Span(TEN_YEARS_SECONDS),
        shown=False,
        note="instead of expires_at",
    ),
    _once("prefix", Text(12, check=prefix_rule), shown=False, note="the tenant's by default"),
    _once(
        "import_hash",
        Text(64, check=contacts.clean_sha256),
        shown=False,
        note="SHA-256 of a key made elsewhere, hex",
    ),
)

ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for section in (
        IDENTITY,
        GRANTS,
        POLICY,
        LIMITS,
        USAGE,
        LIFE,
        ALERTS,
        GOVERNANCE,
        CREATION_ONLY,
    )
    for attribute in section
}
