"""Names and shapes: a key as the vendor's two models show it, and which attribute each field is.

The models are tables of members. Shapes, reading and rendering follow from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from apikeys.dialects.playbook.model import Member, Model, camel
from apikeys.dialects.playbook.numbers import Id, Limit, Long, LongLimit, Money
from apikeys.dialects.playbook.scopes import TenantScopes
from apikeys.dialects.playbook.statuses import UNSPECIFIED, Standing, word_of
from apikeys.dialects.playbook.values import EncodedJson, Form, Rule, Same, Shown, Word
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.kinds import Kind, Text
from apikeys.domain.secret import Undisclosed
from apikeys.models import ApiKey
from apikeys.models.shown import shown
from apikeys.operations import fingerprints

PREFIX_LENGTH = 8


def _written(name: str, form: Form, alias: str = "") -> Member:
    return Member(alias or camel(name), name, form, name)


def _each(names: str, make: Callable[[Kind], Form] = Same) -> Iterable[Member]:
    return (_written(name, make(ATTRIBUTES[name].kind)) for name in names.split())


def _kept(name: str, form: Form | None = None, alias: str = "") -> Member:
    return Member(alias or camel(name), name, form or Same(ATTRIBUTES[name].kind))


_HASH = Same(Text(64))
_IDENTITY: Model = (
    Member("id", "number", Shown(Id(), str)),
    Member("keyHash", "key_hash", _HASH),
    _kept("key_prefix", Shown(Text(PREFIX_LENGTH), lambda text: text[:PREFIX_LENGTH])),
    Member("status", "standing", Standing(), "hold", UNSPECIFIED),
)
_TIMES: Model = tuple(map(_kept, ("created_at", "updated_at", "deleted_at")))
_COMMON: Model = (
    *_IDENTITY,
    *_TIMES,
    *_each("name description expires_at"),
    *_each("allowed_ips", Rule),
    _written("max_uses", Limit()),
)

API_KEY: Model = (
    *_COMMON,
    *_each("scopes tags enforce_https enforce_mutual_tls enforce_signing require_request_signing"),
    *_each("requires_client_secret last_security_review_at rotation_frequency_days alert_emails"),
    *_each("alert_on_quota_threshold quota_alert_threshold alert_on_error_spike"),
    *_each("error_alert_threshold monitoring_integrations compliance_standards"),
    *_each("requires_audit_logging log_all_requests approved_integrations supported_features"),
    *_each("client_certificate_hash billing_tier webhook_url data_residency", Word),
    *_each("data_classification api_version documentation_url support_contact", Word),
    *_each("allowed_domains allowed_environments allowed_signature_algorithms", Rule),
    _written("requests_per_second", Limit()),
    _written("requests_per_day", Limit()),
    _written("concurrent_requests", Limit()),
    _written("requests_per_minute", Limit(), "rateLimit"),
    _written("monthly_request_quota", LongLimit()),
    _written("cost_per_request", Money()),
    _written("metadata", EncodedJson(), "metadataJson"),
    Member("clientSecretHash", "client_secret_hash", _HASH),
    _kept("is_test_key"),
    _kept("total_requests", Long()),
    _kept("total_errors", Long()),
    _kept("endpoint_usage", EncodedJson(), "endpointUsageJson"),
    _kept("error_rates", EncodedJson(), "errorRatesJson"),
    _kept("recent_errors", EncodedJson()),
    _kept("last_rotated_at", alias="lastRotationDate"),
    *map(_kept, ("successful_requests_count", "success_rate", "average_response_time")),
    *map(_kept, ("last_used_at", "last_rotated_at", "last_rotation_reason", "encrypted")),
)
TENANT_API_KEY: Model = (
    *_COMMON,
    _written("scopes", TenantScopes()),
    _kept("total_requests", alias="useCount"),
)

# By native attribute. `environment` is set by isTestKey when a key is made.
NAMES: Mapping[str, str] = {
    **{member.fact: member.name for member in API_KEY if member.fact in ATTRIBUTES},
    "id": "id",
    "status": "status",
    "hold": "status",
    "environment": "isTestKey",
}


def rendered(model: Model, known: Mapping[str, Any]) -> dict[str, Any]:
    """A key as this model shows it, out of `facts`."""
    return Undisclosed((it.name, it.form.show(known[it.fact])) for it in model)


def facts(key: ApiKey, now: datetime) -> dict[str, Any]:
    """Everything that the models show of a key read with `whole()`, in our terms."""
    return Undisclosed(
        shown(key, now),
        number=key.number,
        standing=word_of(key.status(now), key.hold),
        key_hash=fingerprints.key_hash(key),
        client_secret_hash=fingerprints.client_secret_hash(key),
    )
