"""A whole key that was read and is sent back changes nothing: no value, no version, no event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apikeys.dialects.playbook.wire import API_KEY, NAMES, TENANT_API_KEY
from apikeys.domain.attributes import ATTRIBUTES, HOLDS, Home, Written
from apikeys.models import Tenant
from apikeys.operations import Actor, revise_key, rotate_secret
from apikeys.operations.reaching import utc_now
from tests.apikeys.chosen import CHOSEN
from tests.apikeys.dialects.playbook.speaking import KEYS, TENANT_KEYS, Speaker
from tests.factories import KeyFactory
from tests.matrix import state

RICH = {**CHOSEN, "requires_client_secret": True, "expires_at": "2090-01-02T03:04:05.678901Z"}
RULES = ("allowed_ips", "allowed_domains", "allowed_environments", "allowed_signature_algorithms")
COUNTS = ("requests_per_second", "requests_per_minute", "requests_per_day", "max_uses")
EMPTY_TEXTS = ("webhook_url", "documentation_url", "support_contact", "client_certificate_hash")

KEYS_OF_ALL_SORTS: dict[str, dict[str, Any]] = {
    "with everything": RICH,
    "with nothing": {},
    "that allows nothing": {name: [] for name in RULES},
    "with limits of zero": dict.fromkeys((*COUNTS, "monthly_request_quota"), 0),
    "with limits beyond 32 bits": dict.fromkeys((*COUNTS, "monthly_request_quota"), 2**53 - 1),
    "with empty texts": {**dict.fromkeys(EMPTY_TEXTS, ""), "description": ""},
    "with a cost no float holds": {"cost_per_request": "123456789012.12345678"},
    "with foreign and tenant scopes": {"scopes": ["a", "TENANT_API_KEY_SCOPE_ADMIN", "b"]},
    "that manages": {"key_type": "management", "scopes": ["api_keys:read"]},
    "with deep metadata": {"metadata": {"a": [1, 2.5, {"é": None}], "b": "?>~ÿ"}},
    "of two thirds": {"quota_alert_threshold": 2 / 3, "error_alert_threshold": 1},
    **{f"on hold: {hold}": {"hold": hold} for hold in HOLDS},
}


@pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])
@pytest.mark.parametrize("sort", KEYS_OF_ALL_SORTS)
def test_a_key_sent_back_is_left_alone(
    alice: Speaker, alices_tenant: Tenant, sort: str, at: str
) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id, **KEYS_OF_ALL_SORTS[sort])
    read = alice.key(key.number, at)
    before = state.everything()
    answer = alice.call("PUT", at, {"apiKey": read})
    assert answer.status == 200, answer.content
    assert answer.body == {"apiKey": read}
    assert state.everything() == before


@pytest.mark.parametrize("hold", [None, "deprecated"])
def test_so_is_one_that_is_rotating(alice: Speaker, alices_tenant: Tenant, hold: str) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id, hold=hold)
    rotate_secret(Actor.system(), key.public_id, grace_seconds=60)
    read = alice.key(key.number)
    before = state.everything()
    assert read["status"] == ("STATUS_DEPRECATED" if hold else "STATUS_ACTIVE")
    assert alice.call("PUT", KEYS, {"apiKey": read}).body["apiKey"] == read
    assert state.everything() == before


def test_so_is_one_that_has_expired(alice: Speaker, alices_tenant: Tenant) -> None:
    key = KeyFactory.create(tenant=alices_tenant.public_id)
    past = utc_now() - timedelta(seconds=1)
    revise_key(Actor.system(), key.public_id, expires_at=past)
    read = alice.key(key.number)
    before = state.everything()
    assert read["status"] == "STATUS_EXPIRED"
    assert alice.call("PUT", KEYS, {"apiKey": read}).body["apiKey"] == read
    assert state.everything() == before


def test_nor_does_a_key_change_when_what_the_client_leaves_out_is_left_out(
    alice: Speaker, alices_tenant: Tenant
) -> None:
    """The vendor's client drops null, and writes times with +00:00."""
    key = KeyFactory.create(tenant=alices_tenant.public_id, **RICH)
    read = alice.key(key.number)
    sent = {name: it for name, it in read.items() if it is not None}
    for name in ("expiresAt", "lastSecurityReviewAt", "createdAt"):
        sent[name] = sent[name].replace("Z", "+00:00")
    before = state.everything()
    assert alice.call("PUT", KEYS, {"apiKey": sent}).body["apiKey"] == read
    assert state.everything() == before


def test_a_rich_key_has_nothing_as_it_would_be_anyway() -> None:
    """So the first case above is about every attribute that the vendor has."""
    written = {it.attribute for it in (*API_KEY, *TENANT_API_KEY) if it.attribute}
    assert written <= RICH.keys()
    assert not [name for name in written if RICH[name] == ATTRIBUTES[name].default]


def test_every_attribute_that_the_vendor_knows_has_its_name() -> None:
    unknown = {
        *("tenant", "key_type", "subject", "created_by", "key_hint"),
        *("permissions", "resource_scopes", "claims", "allowed_origins"),
        *("credits", "credits_refill_amount", "credits_refill_interval", "subscription_id"),
        *("recoverable", "max_staleness_seconds", "rotation_due_at"),
        *("revoked_at", "revoked_by", "revocation_reason"),
    }
    shown = {name for name, it in ATTRIBUTES.items() if it.shown}
    assert shown - NAMES.keys() == unknown
    assert NAMES.keys() <= shown
    assert set(NAMES.values()) <= {it.name for it in API_KEY}


def test_only_what_may_be_written_is_written() -> None:
    for member in (*API_KEY, *TENANT_API_KEY):
        if member.attribute:
            assert ATTRIBUTES[member.attribute].written is Written.ALWAYS
        elif member.fact in ATTRIBUTES:
            kept = ATTRIBUTES[member.fact]
            assert kept.written is Written.NEVER or kept.home is Home.COMPUTED
