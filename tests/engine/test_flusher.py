"""Events are counted once each, whoever dies in between, and whoever counts beside."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apikeys.limiters import journal
from apikeys.limiters.base import Limiter, shard_of
from apikeys.limiters.memory import MemoryLimiter
from apikeys.models import LedgerEntry, Stream, UsageTotals
from apikeys.operations import flushing, limiting
from apikeys.operations.absorbing import absorb
from apikeys.operations.flushing import flush
from apikeys.operations.limiting import limiter
from apikeys.operations.records import records
from apikeys.operations.watching import engine_state
from tests.engine.asking import Key
from tests.races.crew import crew_of

EVENTS = 30
FLUSHERS = 6

Begin = Callable[[], Limiter]


class Died(Exception):
    """What a killed process is to the others: nothing more comes of it."""


def used(times: int = EVENTS) -> Key:
    key = Key(max_uses=1000)
    assert [key.outcome() for _ in range(times)] == ["valid"] * times
    return key


def counted(key: Key) -> tuple[int, int]:
    """Requests in the roll-up, and units that are settled in the ledger."""
    totals = UsageTotals.objects.filter(key=key.row).first()
    return (totals.total_requests if totals else 0), LedgerEntry.objects.get(key=key.row).settled


def dies_behind(work: Callable[..., Any]) -> Callable[..., Any]:
    def fatal(*arguments: Any, **named: Any) -> None:
        work(*arguments, **named)
        raise Died

    return fatal


def test_who_dies_before_the_commit_has_counted_nothing(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = used()
    if not limiter().has_streams:
        assert counted(key) == (EVENTS, EVENTS)
        return
    with monkeypatch.context() as patched:
        patched.setattr("apikeys.operations.flushing.absorb", dies_behind(absorb))
        with pytest.raises(Died):
            flush(key.now)
    assert counted(key) == (0, 0)
    assert flush(key.now) == EVENTS
    assert counted(key) == (EVENTS, EVENTS)


def test_who_dies_behind_the_commit_has_counted_everything(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = used()
    with monkeypatch.context() as patched:
        patched.setattr(type(limiter()), "forget", dies_behind(lambda *_, **__: None))
        if limiter().has_streams:
            with pytest.raises(Died):
                flush(key.now)
    assert counted(key) == (EVENTS, EVENTS)
    assert flush(key.now) == 0
    assert counted(key) == (EVENTS, EVENTS)


def test_flushers_that_meet_count_each_event_once(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = used()
    monkeypatch.setattr("apikeys.operations.flushing.BATCH", 7)  # so that each has some to do
    with crew_of(FLUSHERS) as crew:
        done = crew.all_do(flush)
        assert all(isinstance(it, int) for it in done), done
    assert counted(key) == (EVENTS, EVENTS)


def test_the_next_process_counts_what_the_last_left_behind(begin: Begin) -> None:
    key = used()
    begin()
    assert key.outcome() == "valid"
    flush(key.now)
    assert counted(key) == (EVENTS + 1, EVENTS + 1)
    flush(key.now + timedelta(minutes=1))
    assert not Stream.objects.filter(lossy=True).exists()


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 300)


@pytest.mark.usefixtures("short_segments", "fresh")
class TestJournal:
    """The files of the limiter in memory."""

    def test_it_is_read_over_the_borders_of_its_segments_and_cleared_behind(
        self, made: Callable[[str], Begin], tmp_path: Path
    ) -> None:
        key = begun(made)
        assert len(list(tmp_path.iterdir())) > 3
        assert limiter().backlog(0) == EVENTS
        assert flush(key.now) == EVENTS
        assert limiter().backlog(0) == 0
        assert len(list(tmp_path.iterdir())) == 1

    def test_who_looks_for_the_oldest_event_meanwhile_changes_no_count(
        self, made: Callable[[str], Begin], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = begun(made)

        def watched(*arguments: Any) -> None:
            assert engine_state().backlog == EVENTS
            absorb(*arguments)

        monkeypatch.setattr(flushing, "absorb", watched)
        assert flush(key.now) == EVENTS
        assert limiter().backlog(0) == 0

    def test_that_of_a_dead_process_is_removed_once_it_is_counted(
        self, made: Callable[[str], Begin], tmp_path: Path
    ) -> None:
        key = begun(made)
        of_the_dead = set(tmp_path.iterdir())
        begin(made)
        assert key.outcome() == "valid"
        flush(key.now + timedelta(minutes=1))
        assert counted(key) == (EVENTS + 1, EVENTS + 1)
        assert not of_the_dead & set(tmp_path.iterdir())

    def test_a_line_that_was_cut_short_stops_nothing_behind_it(
        self, made: Callable[[str], Begin], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = begun(made)
        with monkeypatch.context() as patched:
            write = os.write
            patched.setattr("os.write", lambda file, line: write(file, line[:9]))
            assert key.outcome() == "undetermined"
        assert key.outcome() == "valid"
        assert flush(key.now) == EVENTS + 1
        assert counted(key)[0] == EVENTS + 1


def begin(made: Callable[[str], Begin]) -> None:
    limiting.install(made("memory")())
    records.clear()
    assert isinstance(limiter(), MemoryLimiter)


def begun(made: Callable[[str], Begin]) -> Key:
    begin(made)
    return used()


def test_a_stream_that_another_flusher_reads_is_not_closed(begin: Begin) -> None:
    key = used()
    if not limiter().has_streams:
        return
    stream = Stream.objects.get(shard_id=shard_of(key.row.public_id, limiter().shards))
    long_ago = key.now - timedelta(days=3650)
    Stream.objects.filter(pk=stream.pk).update(ended_at=long_ago)
    flushing._finish(stream.pk, key.now)
    assert Stream.objects.get(pk=stream.pk).drained_at is None
    flush(key.now)
    assert Stream.objects.get(pk=stream.pk).drained_at is None  # we may write to it ourselves
    assert key.outcome() == "valid"
    begin()
    flushing._finish(stream.pk, key.now)
    assert Stream.objects.get(pk=stream.pk).drained_at is None
    flush(key.now)
    assert counted(key) == (EVENTS + 1, EVENTS + 1)
    assert Stream.objects.get(pk=stream.pk).drained_at is not None
