"""What no history of verifies shows: requests that leave no event, and leases that have ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apikeys.domain.limits import Bucket, Limits
from apikeys.domain.metering import Ask
from apikeys.domain.usage import Attempt
from apikeys.domain.verdict import Outcome
from apikeys.limiters.base import Limiter, Request, Subject, Taken, shard_of
from apikeys.models import RefusedAttempt, UsageBucket
from apikeys.operations.cases import new_lease_id
from apikeys.operations.epochs import establish
from apikeys.operations.flushing import flush
from tests.factories import KeyFactory

MINUTE_US = 60_000_000


def asked(limiter: Limiter, name: str, ask: Ask, tenant: int, limit: int = 2) -> Taken:
    """What the limiter says to one request with a bucket."""
    shard = shard_of(name, limiter.shards)
    establish(shard)
    limits = Limits(buckets=(Bucket("client", limit, MINUTE_US),))
    subject = Subject(name, "org_1", 2**52, 2**52, shard, limiter.epoch(shard), limits)
    return limiter.take([Request(subject, ask, Attempt(tenant))])[0]


def test_a_silent_request_is_counted_and_leaves_no_event(any_limiter: Limiter) -> None:
    tenant = KeyFactory.create().tenant_id
    taken = [asked(any_limiter, "sc_1", Ask(silent=True), tenant) for _ in range(3)]
    assert [it.outcome for it in taken] == [Outcome.VALID, Outcome.VALID, Outcome.RATE_LIMITED]
    assert [it.levels[0] and it.levels[0].remaining for it in taken] == [1, 0, 0]
    assert 0 < (taken[2].retry_us or 0) <= MINUTE_US
    flush()
    assert not UsageBucket.objects.exists()
    assert not RefusedAttempt.objects.exists()


def test_a_lease_is_released_once_and_not_after_its_end(any_limiter: Limiter) -> None:
    key = KeyFactory.create(concurrent_requests=2)
    name, other = key.public_id, KeyFactory.create().public_id
    long, short = new_lease_id(name), new_lease_id(name)
    asked(any_limiter, name, Ask(lease_id=long, lease_us=MINUTE_US), key.tenant_id)
    asked(any_limiter, name, Ask(lease_id=short, lease_us=1), key.tenant_id)
    until = datetime.now(UTC) + timedelta(milliseconds=5)
    while datetime.now(UTC) < until:
        pass
    assert not any_limiter.release(name, short)
    assert not any_limiter.release(other, long)
    assert any_limiter.release(name, long)
    assert not any_limiter.release(name, long)


@pytest.mark.parametrize("seconds", [3600, 30 * 86_400])
def test_long_windows_refill_evenly(any_limiter: Limiter, seconds: int) -> None:
    shard = shard_of("sc_2", any_limiter.shards)
    establish(shard)
    limits = Limits(buckets=(Bucket("client", 1_000_000, seconds * 1_000_000),))
    subject = Subject("sc_2", "org_1", 1, 1, shard, any_limiter.epoch(shard), limits)
    request = Request(subject, Ask(silent=True), Attempt(KeyFactory.create().tenant_id))
    [taken] = any_limiter.take([request])
    assert taken.levels[0] is not None
    assert taken.levels[0].remaining == 999_999
