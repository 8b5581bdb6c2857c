"""Events as the verify engine hands them over, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from apikeys.domain.usage import Attempt, Event
from apikeys.models import ApiKey, EndpointTotals, RefusedAttempt, UsageBucket, UsageTotals
from apikeys.operations.metering import record, standing
from tests.calling import Caller

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def issued(caller: Caller, **attributes: object) -> ApiKey:
    """The row of a key that the caller issues."""
    key: ApiKey = ApiKey.objects.get(public_id=caller.issue(**attributes)["id"])
    return key


def event(
    key: ApiKey,
    outcome: str = "valid",
    *,
    at: datetime = NOON,
    **attempt: Any,
) -> Event:
    """One verify of the key."""
    return Event(Attempt(tenant=key.tenant_id, key=key.pk, **attempt), outcome, at)


def recorded(events: Sequence[Event]) -> None:
    """Record them in a transaction of their own, as the flusher does."""
    with transaction.atomic():
        record(events, standing(events))


def totals(key: ApiKey) -> UsageTotals:
    return UsageTotals.objects.get(key=key)


def buckets(key: ApiKey) -> dict[tuple[datetime, str, str], tuple[int, int]]:
    """Requests and cost by hour, endpoint and verdict."""
    rows = UsageBucket.objects.filter(key=key)
    return {(it.hour, it.endpoint, it.verdict): (it.requests, it.cost) for it in rows}


def endpoints(key: ApiKey) -> dict[str, int]:
    return dict(EndpointTotals.objects.filter(key=key).values_list("endpoint", "requests"))


def refused(tenant: int) -> dict[tuple[datetime, str, str], int]:
    """Attempts by hour, reason and source."""
    rows = RefusedAttempt.objects.filter(tenant_id=tenant)
    return {(it.hour, it.reason, it.source): it.attempts for it in rows}
