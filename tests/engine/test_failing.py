"""What is answered when parts are down: the contract's word on it, for each kind of limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apikeys.domain.errors import RevocationPending
from apikeys.limiters.base import Limiter, shard_of
from apikeys.limiters.remote import breaker
from apikeys.models import LedgerEntry, UsageTotals
from apikeys.operations import Presentation, limiting, records, revise_tenant
from apikeys.operations.verify import verify_for
from tests.engine.asking import ROOT, Key
from tests.engine.cutting import database_is_down, redis_hangs, redis_is_down

pytestmark = pytest.mark.usefixtures("redis")

SHORT = [{"requests_per_second": 5}, {"requests_per_minute": 5}, {"concurrent_requests": 5}]
HARD = ["requests_per_day", "monthly_request_quota", "max_uses", "credits"]


@pytest.fixture
def redis(
    fresh: None, made: Callable[[str], Callable[[], Limiter]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every call may try if Redis is back.
    monkeypatch.setattr("apikeys.limiters.remote.breaker.PAUSE_SECONDS", 0.0)
    limiting.install(made("redis")())


def test_a_key_without_counters_is_decided_from_the_database_and_counted_there() -> None:
    key = Key()
    with redis_is_down():
        assert [key.outcome() for _ in range(9)] == ["valid"] * 9
        with pytest.raises(RevocationPending):
            key.revise(hold="suspended")
        assert key.outcome() == "suspended"
    assert UsageTotals.objects.get(key=key.row).total_requests == 9


@pytest.mark.parametrize("name", HARD)
def test_a_hard_quota_spends_what_was_not_leased_and_then_refuses(name: str) -> None:
    key = Key({name: 64})
    assert [key.outcome() for _ in range(3)] == ["valid"] * 3
    leased = LedgerEntry.objects.get(key=key.row).leased
    assert leased > 3
    with redis_is_down():
        assert key.passes_until_refused() == 64 - leased
        assert key.outcome() == ("credits_exhausted" if name == "credits" else "quota_exceeded")
    assert key.passes_until_refused() == leased - 3


def test_of_several_quotas_none_is_touched_when_one_refuses() -> None:
    key = Key(requests_per_day=9, max_uses=9, credits=2)
    with redis_is_down():
        assert [key.outcome(2), key.outcome(2)] == ["valid", "credits_exhausted"]
    settled = dict(LedgerEntry.objects.filter(key=key.row).values_list("kind", "settled"))
    assert settled == {"day": 2, "uses": 1, "credits": 2}


@pytest.mark.parametrize("limits", SHORT)
def test_what_only_redis_knows_is_undetermined_unless_the_tenant_lets_it_pass(
    limits: dict[str, int],
) -> None:
    key = Key(limits, max_uses=2)
    with redis_is_down():
        verdict = key.verify()
        assert (str(verdict.outcome), verdict.retry_after) == ("undetermined", 1)
    revise_tenant(ROOT, key.row.tenant.public_id, {"on_limiter_loss": "allow"})
    with redis_is_down():
        assert [key.outcome() for _ in range(3)] == ["valid", "valid", "quota_exceeded"]


def test_a_lease_needs_redis() -> None:
    key = Key()
    with redis_is_down():
        assert key.outcome(lease_seconds=30) == "undetermined"


def test_a_refusal_by_rule_needs_no_redis() -> None:
    key = Key(requests_per_second=5, scopes=["read"])
    with redis_is_down():
        assert key.outcome(scopes=("write",)) == "insufficient_scope"


def test_with_both_down_only_a_key_that_allows_it_is_answered_from_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strict, patient = Key(), Key(max_staleness_seconds=60)
    counted = Key(max_staleness_seconds=60, max_uses=9)
    for key in (strict, patient, counted):
        assert key.outcome() == "valid"
    with redis_is_down(), database_is_down():
        assert strict.outcome() == "undetermined"
        assert patient.outcome() == "valid"
        assert counted.outcome() == "undetermined"
        known = records.records.kept(patient.secret)
        assert known is not None
        known.confirmed_at -= 61
        assert patient.outcome() == "undetermined"


def test_how_stale_a_verdict_is_counts_from_when_it_was_confirmed_last() -> None:
    key = Key(max_staleness_seconds=60)
    key.verify()
    known = records.records.kept(key.secret)
    assert known is not None
    known.confirmed_at -= 200
    key.verify()
    with redis_is_down(), database_is_down():
        assert key.outcome() == "valid"


def test_with_the_database_down_what_redis_confirms_is_valid_and_all_else_undetermined() -> None:
    known, unknown = Key(), Key()
    assert known.outcome() == "valid"
    with database_is_down():
        assert known.outcome() == "valid"
        assert unknown.outcome() == "undetermined"


def test_an_answer_that_is_lost_is_never_counted_twice_and_nobody_waits_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 60.0)
    key = Key(max_uses=64)
    key.verify()
    with redis_hangs():
        assert [key.outcome() for _ in range(3)] == ["undetermined"] * 3
        # The breaker is open: nobody asks any more, but for one now and then.
        assert [key.outcome() for _ in range(3)] == ["valid"] * 3


def test_it_recovers_by_itself_when_the_pause_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 60.0)
    key = Key(requests_per_minute=60)
    key.verify()
    with redis_is_down():
        assert [key.outcome() for _ in range(5)] == ["undetermined"] * 5
    assert key.outcome() == "undetermined"
    limiter: Any = limiting.limiter()
    for each in limiter.transport._breakers.values():
        each._next_try = 0.0  # a pause later
    assert [key.outcome() for _ in range(5)] == ["valid"] * 5


def test_a_caller_is_counted_once_though_the_epoch_of_what_it_presents_is_lost() -> None:
    limiter: Any = limiting.limiter()
    caller, key = Key(max_uses=10), Key()
    while shard(key) == shard(caller):
        key = Key()
    for one in (caller, key):
        assert one.outcome() == "valid"
    limiter.transport.call("0", "DEL", limiter._names.of(shard(key), "epoch"))
    first, second = verify_for(
        "facts", lambda: (Presentation(caller.secret), Presentation(key.secret))
    )
    assert first.valid
    assert second.valid
    assert [it.remaining for it in first.limits] == [8]
    assert [it.remaining for it in caller.verify().limits] == [7]


def shard(key: Key) -> int:
    return shard_of(key.row.public_id, limiting.limiter().shards)


def test_whoever_shares_a_redis_with_another_deployment_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    limiter: Any = limiting.limiter()
    key = Key()
    assert key.outcome() == "valid"
    limiter.begin_epoch(shard(key))  # as somebody does who knows nothing of our database
    assert "of its own" not in caplog.text
    assert key.outcome() == "valid"
    assert "of its own" in caplog.text
