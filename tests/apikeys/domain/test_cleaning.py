"""A body against the table of attributes: every fault at once, each at its field."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.domain.attributes import ATTRIBUTES, Written
from apikeys.domain.cleaning import clean_new, clean_revision, clean_values
from apikeys.domain.errors import InvalidInput
from apikeys.domain.tenancy import TENANT_ATTRIBUTES

HASH = "a" * 64


def faults(given: dict[str, Any], current: dict[str, Any] | None = None) -> dict[str, str]:
    """Pointer and code of each fault in a creation or, with `current`, a revision."""
    with pytest.raises(InvalidInput) as refusal:
        clean_new(given) if current is None else clean_revision(given, current)
    return {error.pointer: error.code for error in refusal.value.errors}


def test_a_name_is_enough_and_all_else_has_its_default() -> None:
    values = clean_new({"name": "x"})
    writable = {name for name, it in ATTRIBUTES.items() if it.written is not Written.NEVER}
    assert set(values) == writable
    assert values["environment"] == "live"
    assert values["scopes"] == ()
    assert values["allowed_ips"] is None


def test_without_a_name_nothing_is_made() -> None:
    assert faults({}) == {"/name": "required"}


def test_every_fault_is_told_at_once() -> None:
    given = {
        "name": "",
        "nmae": "x",
        "status": "active",
        "scopes": ["ok", 7],
        "allowed_ips": ["10.0.0.1/8"],
        "resource_scopes": [{"resource_type": "book"}],
        "expires_at": "tomorrow",
    }
    assert faults(given) == {
        "/name": "too_short",
        "/nmae": "unknown_field",
        "/status": "read_only",
        "/scopes/1": "not_text",
        "/allowed_ips/0": "invalid_text",
        "/resource_scopes/0": "required",
        "/expires_at": "not_time",
    }


@pytest.mark.parametrize("name", [n for n, it in ATTRIBUTES.items() if it.written is Written.NEVER])
def test_what_the_service_keeps_cannot_be_written(name: str) -> None:
    assert faults({"name": "x", name: None}) == {f"/{name}": "read_only"}
    assert faults({name: None}, {}) == {f"/{name}": "read_only"}


@pytest.mark.parametrize(
    "name", [n for n, it in ATTRIBUTES.items() if it.written is Written.CREATION]
)
def test_what_is_set_at_creation_cannot_be_changed(name: str) -> None:
    assert faults({name: None}, {}) == {f"/{name}": "set_at_creation"}


@pytest.mark.parametrize(
    "name",
    [n for n, it in ATTRIBUTES.items() if it.written is not Written.NEVER and not it.nullable],
)
def test_null_is_refused_where_it_means_nothing(name: str) -> None:
    assert faults({"name": "x", name: None}) == {f"/{name}": "null"}


def test_an_imported_key_may_say_how_it_looks() -> None:
    values = clean_new({"name": "x", "import_hash": HASH, "key_prefix": "old_", "key_hint": "9xyz"})
    assert (values["key_prefix"], values["key_hint"]) == ("old_", "9xyz")
    assert faults({"name": "x", "key_prefix": "old_"}) == {"/key_prefix": "read_only"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"key_type": "management", "scopes": ["words:read"]}, {"/scopes/0": "unknown_scope"}),
        ({"key_type": "management", "scopes": ["api_keys:*"]}, {"/scopes/0": "unknown_scope"}),
        ({"credits_refill_amount": 5, "credits": 5}, {"/credits_refill_interval": "incomplete"}),
        ({"credits_refill_interval": "daily"}, {"/credits_refill_amount": "incomplete"}),
        (
            {"credits_refill_amount": 5, "credits_refill_interval": "daily"},
            {"/credits": "incomplete"},
        ),
        (
            {"expires_at": "2030-01-31T12:00:00Z", "seconds_until_expiration": 60},
            {"/seconds_until_expiration": "conflict"},
        ),
        ({"import_hash": HASH, "prefix": "ak"}, {"/prefix": "conflict"}),
        ({"import_hash": HASH, "recoverable": True}, {"/recoverable": "conflict"}),
    ],
)
def test_what_does_not_go_together_is_told(given: dict[str, Any], told: dict[str, str]) -> None:
    assert faults({"name": "x", **given}) == told


def test_the_scopes_of_a_standard_key_are_the_applications_own() -> None:
    assert clean_new({"name": "x", "scopes": ["words:*", "*"]})["scopes"] == ("words:*", "*")


def test_a_revision_returns_only_what_was_given() -> None:
    assert clean_revision({"name": "y", "allowed_ips": None}, {}) == {
        "name": "y",
        "allowed_ips": None,
    }


def test_a_revision_is_judged_together_with_what_stays() -> None:
    management = {"key_type": "management"}
    assert faults({"scopes": ["words:read"]}, management) == {"/scopes/0": "unknown_scope"}
    refilled = {"credits": 5, "credits_refill_amount": 5, "credits_refill_interval": "daily"}
    assert faults({"credits": None}, refilled) == {"/credits": "incomplete"}
    assert clean_revision({"credits_refill_amount": 9}, refilled) == {"credits_refill_amount": 9}


@pytest.mark.parametrize("name", ["a/b", "~", "x" * 300, ""])
def test_an_unknown_name_is_told_as_a_pointer_of_bounded_length(name: str) -> None:
    (pointer,) = faults({"name": "x", name: 1})
    assert len(pointer) <= 101
    assert pointer.count("/") == 1


def test_a_tenant_is_cleaned_by_its_own_table() -> None:
    assert clean_values({"name": "Alice"}, TENANT_ATTRIBUTES) == {"name": "Alice"}
    with pytest.raises(InvalidInput) as refusal:
        clean_values({"name": "", "status": "deleted", "id": "org_1"}, TENANT_ATTRIBUTES)
    assert {error.pointer: error.code for error in refusal.value.errors} == {
        "/name": "too_short",
        "/status": "unknown_choice",
        "/id": "unknown_field",
    }


def test_the_attributes_are_those_of_the_contract() -> None:
    shown = {name for name, attribute in ATTRIBUTES.items() if attribute.shown}
    assert shown == set(CONTRACT.replace(",", " ").split())


CONTRACT = """
id, tenant, name, description, key_type, subject, created_by, environment, is_test_key, key_prefix,
key_hint, status, hold, scopes, permissions, resource_scopes, claims, metadata, tags,
allowed_ips, allowed_domains, allowed_origins, allowed_environments, enforce_https,
enforce_mutual_tls, client_certificate_hash, enforce_signing, require_request_signing,
allowed_signature_algorithms, requires_client_secret,
requests_per_second, requests_per_minute, requests_per_day, concurrent_requests,
monthly_request_quota, max_uses, credits, credits_refill_amount, credits_refill_interval,
cost_per_request, billing_tier, subscription_id, recoverable, max_staleness_seconds,
total_requests, total_errors, successful_requests_count, success_rate, average_response_time,
endpoint_usage, error_rates, recent_errors, last_used_at,
created_at, updated_at, expires_at, revoked_at, revoked_by, revocation_reason, deleted_at,
last_rotated_at, last_rotation_reason, rotation_frequency_days, rotation_due_at,
last_security_review_at,
alert_emails, webhook_url, alert_on_quota_threshold, quota_alert_threshold, alert_on_error_spike,
error_alert_threshold, monitoring_integrations,
compliance_standards, requires_audit_logging, log_all_requests, data_residency,
data_classification, encrypted, approved_integrations, api_version, supported_features,
documentation_url, support_contact
"""
