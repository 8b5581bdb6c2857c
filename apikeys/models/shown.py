"""A key as every surface shows it: all attributes of the table, flat, by their native names."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from apikeys.domain.attributes import ATTRIBUTES, Home
from apikeys.models.details import KeyDetails
from apikeys.models.key import ApiKey
from apikeys.models.ledger import credits_left


def shown(key: ApiKey, now: datetime) -> dict[str, Any]:
    """Every shown attribute of a key read with `whole()`; lists and times as Python values."""
    details = getattr(key, "details", None) or _no_details()
    secret = key.current_secret
    row_of = {
        Home.KEY: key,
        Home.POLICY: key.policy,
        Home.LIMITS: key.limits,
        Home.TOTALS: key.totals,
        Home.DETAILS: details,
    }
    special = {
        "id": key.public_id,
        "tenant": key.tenant.public_id,
        "key_prefix": secret.prefix,
        "key_hint": secret.hint,
        **_computed(key, details, now),
    }
    return {
        name: special[name] if name in special else getattr(row_of[attribute.home], name)
        for name, attribute in ATTRIBUTES.items()
        if attribute.shown
    }


@cache
def _no_details() -> KeyDetails:
    # Made once: setting all its defaults for every key of a page takes longer than showing them.
    return KeyDetails()


def _computed(key: ApiKey, details: KeyDetails, now: datetime) -> dict[str, Any]:
    return {
        "is_test_key": key.environment == "test",
        "status": str(key.status(now)),
        "credits": credits_left(key, now),
        "success_rate": key.totals.success_rate,
        "average_response_time": key.totals.average_response_time,
        **_used(key),
        "rotation_due_at": rotation_due_at(key, details),
        "encrypted": key.recoverable,
    }


def _used(key: ApiKey) -> dict[str, Any]:
    # Requests for which nobody named an endpoint stand under an empty one.
    rows = sorted((it for it in key.its("endpoints") if it.endpoint), key=lambda it: it.endpoint)
    rates = {it.endpoint: it.error_rate for it in rows}
    return {
        "endpoint_usage": {it.endpoint: it.requests for it in rows},
        "error_rates": {name: rate for name, rate in rates.items() if rate is not None},
        "recent_errors": [it.as_json() for it in key.recent_failures],
    }


def rotation_due_at(key: ApiKey, details: KeyDetails) -> datetime | None:
    """When the secret in force should be replaced; None without a frequency."""
    if details.rotation_frequency_days is None:
        return None
    since = key.last_rotated_at or key.created_at
    return since + timedelta(days=details.rotation_frequency_days)
