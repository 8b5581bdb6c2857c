"""Quotas when the limiter has forgotten: units of an epoch that has ended come back, none twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db.transaction import atomic

from apikeys.domain.limits import micros
from apikeys.limiters.base import Limiter
from apikeys.limiters.database import DatabaseLimiter
from apikeys.limiters.memory import MemoryLimiter
from apikeys.limiters.remote.limiter import RedisLimiter
from apikeys.models import ClosingLot
from apikeys.operations import ledger, limiting
from apikeys.operations.absorbing import absorb
from apikeys.operations.flushing import flush
from apikeys.operations.limiting import limiter
from apikeys.operations.reconciling import close_idle
from apikeys.operations.records import records
from apikeys.operations.transactions import mutation
from tests.engine.asking import AT_ONCE, Key, entry
from tests.engine.losing import lose

Begin = Callable[[], Limiter]


def test_a_grant_of_the_epoch_before_closes_no_lot_of_the_present(begin: Begin) -> None:
    key = Key(max_uses=50)
    key.verify()
    late = records.read_anew(key.secret, limiter())
    assert late is not None
    lose(begin, streams=False)
    key.verify()
    lot = entry(key, "uses").lot
    if isinstance(limiter(), DatabaseLimiter):
        return
    assert ledger.lease(key.row.pk, {"uses": 1}, micros(key.now), late.subject.epoch) == []
    assert entry(key, "uses").lot == lot


@pytest.mark.parametrize("streams", [True, False])
def test_what_a_lost_limiter_had_comes_back_unless_its_stream_is_lost_too(
    begin: Begin,
    streams: bool,
) -> None:
    key = Key(max_uses=50)
    assert [key.outcome() for _ in range(9)] == ["valid"] * 9
    flush(key.now)
    assert [key.outcome() for _ in range(3)] == ["valid"] * 3
    lose(begin, streams=streams)
    assert key.outcome() == "valid"
    key.reconcile()
    passed = 13 + key.passes_until_refused()
    if streams and not isinstance(limiter(), DatabaseLimiter):
        assert passed < 50
    else:
        assert passed == 50


def test_a_stream_that_is_lost_before_anybody_looked_gives_nothing_back(begin: Begin) -> None:
    key = Key(max_uses=50)
    assert [key.outcome() for _ in range(6)] == ["valid"] * 6
    lose(begin, streams=True)
    if isinstance(limiter(), RedisLimiter):
        begin()  # who saw the events written is gone as well
    key.verify()
    key.reconcile()
    assert 7 + key.passes_until_refused() <= 50


def test_an_epoch_without_events_gives_everything_back(begin: Begin) -> None:
    key = Key(max_uses=50)
    key.verify(dry_run=True)
    lose(begin, streams=False)
    key.verify()
    key.reconcile()
    assert key.passes_until_refused() == 49


def test_a_process_that_never_served_reconciles_too(begin: Begin) -> None:
    """As the worker does. What lies in the memory of another process is not its business."""
    key = Key(max_uses=50)
    key.verify()
    if isinstance(limiter(), MemoryLimiter):
        limiting.install(DatabaseLimiter(absorb, mutation))
        assert key.reconcile() == 0
        assert entry(key, "uses").leased > 1
        return
    begin()
    key.reconcile()
    assert entry(key, "uses").leased == 1


def test_the_first_round_of_a_process_that_never_served_closes_lots_already(begin: Begin) -> None:
    key = Key(max_uses=50)
    key.verify()
    begin()
    close_idle(key.now, idle=AT_ONCE)
    assert ClosingLot.objects.filter(entry__key=key.row).exists()


def test_a_round_closes_some_lots_or_all(begin: Begin) -> None:
    keys = [Key(max_uses=50) for _ in range(3)]
    for key in keys:
        key.verify()
    close_idle(keys[-1].now, idle=AT_ONCE, most=1)
    assert ClosingLot.objects.count() == 1
    close_idle(keys[-1].now, idle=AT_ONCE, most=None)
    assert ClosingLot.objects.count() == 3


@pytest.mark.parametrize("max_uses", [50, 2], ids=["units-are-out", "no-units-are-out"])
def test_a_lot_is_wound_up_whose_closing_was_interrupted(begin: Begin, max_uses: int) -> None:
    """The limiter has closed it, and the ledger, which was to follow, knows nothing of it."""
    key = Key(max_uses=max_uses)
    key.verify()
    flush(key.now)
    with pytest.raises(InterruptedError):
        close_and_be_interrupted(key)
    assert key.outcome() == "valid"
    key.reconcile()
    assert key.passes_until_refused() == max_uses - 2


@atomic()
def close_and_be_interrupted(key: Key) -> None:
    limiter().empty(key.row.public_id, [entry(key, "uses").lot])
    raise InterruptedError
