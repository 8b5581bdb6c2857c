"""Another kind of limiter on the same database: nothing is doubled, and nothing stands still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from apikeys.limiters.base import Limiter
from apikeys.models import LedgerEntry, Stream, UsageTotals
from apikeys.operations import limiting
from apikeys.operations.epochs import attend
from apikeys.operations.flushing import ABANDONED, flush
from apikeys.operations.reconciling import close_idle, give_back
from apikeys.operations.records import records
from apikeys.operations.takeover import take_over
from apikeys.operations.watching import engine_state
from tests.engine.asking import AT_ONCE, Key

USES = 100
Serve = Callable[[str], Limiter]


@pytest.fixture
def serve(fresh: None, made: Callable[[str], Callable[[], Limiter]]) -> Serve:
    """Serve with a limiter of this kind from now on."""
    makers = {kind: made(kind) for kind in ("memory", "redis", "database")}

    def start(kind: str) -> Limiter:
        limiter = makers[kind]()
        limiting.install(limiter)
        records.clear()
        return limiter

    return start


@pytest.fixture
def used(serve: Serve) -> Key:
    """A key of which some uses are rolled up, some only journaled, and some leased."""
    serve("memory")
    key = Key(max_uses=USES)
    assert [key.outcome() for _ in range(9)] == ["valid"] * 9
    flush(key.now)
    assert [key.outcome() for _ in range(9)] == ["valid"] * 9
    return key


def test_with_redis_the_journal_of_the_time_before_is_rolled_up(
    serve: Serve, used: Key, tmp_path: Path
) -> None:
    assert take_over(tmp_path) == 9
    serve("redis")
    assert used.outcome() == "valid"
    assert take_over(tmp_path) == 0
    serve("redis")
    used.reconcile()
    assert used.passes_until_refused() == USES - 19
    flush(used.now)
    assert UsageTotals.objects.get(key=used.row).total_requests == USES


def test_with_redis_a_journal_that_lies_elsewhere_holds_up_nothing(serve: Serve, used: Key) -> None:
    serve("redis")
    assert used.outcome() == "valid"
    assert flush(used.now) == 1
    assert engine_state().limiter_answers
    attend()
    flush(used.now + 2 * ABANDONED)
    [journal] = Stream.objects.filter(epoch__startswith="journal.")
    assert (journal.lossy, journal.drained_at is not None) == (True, True)
    used.reconcile()
    assert used.passes_until_refused() <= USES - 19


def test_without_redis_again_its_streams_hold_up_nothing(serve: Serve) -> None:
    serve("redis")
    keys = [Key(max_uses=USES) for _ in range(3)]
    for key in keys:
        key.verify()
    serve("memory")
    for key in keys:
        assert key.outcome() == "valid"
        flush(key.now)
    assert not Stream.objects.exclude(epoch__startswith="journal.").filter(ended_at=None).exists()
    flush(keys[-1].now + timedelta(days=3660))
    for key in keys:
        key.reconcile()
        assert key.passes_until_refused() <= USES - 2
    assert not LedgerEntry.objects.filter(closing__isnull=False).exists()


def test_a_redis_that_comes_back_begins_anew(serve: Serve) -> None:
    """It remembers epochs whose streams have ended meanwhile."""
    serve("redis")
    attend()
    keys = [Key(max_uses=USES) for _ in range(3)]
    for key in keys:
        assert key.outcome() == "valid"
    flush(keys[-1].now)
    serve("memory")
    assert [key.outcome() for key in keys] == ["valid"] * 3
    serve("redis")
    attend()
    assert [key.outcome() for key in keys] == ["valid"] * 3
    assert Stream.objects.filter(ended_at=None).count() == limiting.limiter().shards
    for key in keys:
        key.reconcile()
        flush(key.now + 2 * ABANDONED)
        assert key.passes_until_refused() <= USES - 3
        flush(key.now)
        assert UsageTotals.objects.get(key=key.row).total_requests <= USES


def test_a_command_beside_gives_back_nothing_of_what_it_cannot_read(
    serve: Serve, used: Key
) -> None:
    """What the service closed it may have counted in its journal only."""
    serving = limiting.limiter()
    close_idle(used.now, idle=AT_ONCE)
    serve("database")
    assert give_back() == 0
    limiting.install(serving)
    flush(used.now)
    assert give_back() == 0
    assert used.passes_until_refused() == USES - 18
