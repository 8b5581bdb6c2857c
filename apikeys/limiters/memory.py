"""The limiter of a service that is one process: meters in memory, events in a journal on disk.

Its memory ends with the process, so each process is an epoch of its own, and what it had leased is
reconciled by the next one.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from apikeys.domain.limits import micros
from apikeys.domain.metering import Grant, Meter, Metered
from apikeys.domain.usage import Attempt, Event
from apikeys.domain.verdict import Outcome
from apikeys.limiters.base import (
    BIRTHS,
    JOURNAL,
    KEY,
    TENANT,
    Emptied,
    Entry,
    EpochLost,
    Request,
    Step,
    Subject,
    Taken,
    without_units,
)
from apikeys.limiters.journal import Journal, order

# Records are kept for minutes; a version that is older than this is in all of them.
VERSION_SECONDS = 3600
_VERSIONS_MAX = 100_000
_METERS_MAX = 100_000
_REFUSED_MAX = 500_000
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class MemoryLimiter:
    """See `limiters.base.Limiter`. `watch` is called at each step, to hear of others' changes."""

    shards = 1
    shared = False
    has_streams = True

    def __init__(self, directory: Path, *, keeps_records: bool = True) -> None:
        self.keeps_records = keeps_records
        self.watch: Callable[[], None] | None = None
        self._directory = directory
        self._lock = threading.RLock()
        self._meters: dict[str, Meter] = {}
        self._meters_max = _METERS_MAX
        self._versions: dict[tuple[str, str], tuple[int, float]] = {}
        self._epoch = ""
        self._stored_epoch = ""
        self._journal: Journal | None = None
        self._written = 0  # events since the last ones were rolled up
        self._were_read: dict[
            str, int
        ] = {}  # how many behind what was rolled up, by where they end

    def epoch(self, shard: int) -> str:
        if not self._epoch:
            raise EpochLost(shard)
        return self._epoch

    def epochs(self) -> Mapping[int, str]:
        return {0: self._epoch}

    def take(self, requests: Sequence[Request], now: datetime | None = None) -> list[Taken]:
        self.epoch(0)
        if self.watch:
            self.watch()
        done: list[Taken] = []
        events: list[Event] = []
        with self._lock:
            for request in requests:
                done.append(self._take(request, now or datetime.now(UTC), events))
                if done[-1].outcome is not Outcome.VALID:
                    break
            self._write(events)
        return done

    def note(self, attempt: Attempt, outcome: Outcome) -> int:
        self.epoch(0)
        if self.watch:
            self.watch()
        with self._lock:
            self._write([Event(attempt, outcome, datetime.now(UTC))])
            return self._versions.get((BIRTHS, ""), (0, 0.0))[0]

    def grant(self, subject: Subject, grants: Sequence[Grant]) -> bool:
        with self._lock:
            if subject.epoch != self._epoch:
                return False
            fresh, now_us = not self._is_stale(subject), micros(datetime.now(UTC))
            meter = self._meter(subject.id)
            return meter.grant(subject.versions, grants if fresh else (), now_us) and fresh

    def empty(self, subject_id: str, closing: Sequence[str] = ()) -> Emptied:
        self.epoch(0)
        with self._lock:
            given = self._meter(subject_id).empty(closing, micros(datetime.now(UTC)))
            return Emptied(given, self._journal.end() if self._journal else "")

    def has_closed(self, subject_id: str, lots: Collection[str]) -> bool:
        with self._lock:
            return not self._meter(subject_id).closed.keys().isdisjoint(lots)

    def release(self, subject_id: str, lease_id: str) -> bool:
        with self._lock:
            meter = self._meters.get(subject_id)
            until = meter.leases.pop(lease_id, 0) if meter else 0
            return until > micros(datetime.now(UTC))

    def publish(self, kind: str, subject_id: str, version: int) -> None:
        with self._lock:
            known = self._versions.get((kind, subject_id), (0, 0.0))[0]
            # Births are counted: they may be published in another order than they are numbered.
            latest = known + 1 if kind == BIRTHS else max(known, version)
            self._versions[kind, subject_id] = (latest, time.monotonic())
            if len(self._versions) > _VERSIONS_MAX:
                self._forget_versions()

    def current_epoch(self, shard: int) -> str:
        return self._stored_epoch

    def begin_epoch(self, shard: int) -> str:
        self._stored_epoch = f"{_boot()}.{secrets.token_hex(6)}"
        return self._stored_epoch

    def adopt(self, shard: int, epoch: str) -> None:
        with self._lock:
            if epoch != self._epoch:
                self._journal = Journal(self._directory, epoch)
                self._journal.begin()
                self._epoch = epoch

    def reads(self, epoch: str) -> bool:
        return epoch.startswith(JOURNAL)

    def read(self, shard: int, epoch: str, after: str, count: int) -> list[Entry]:
        found = self._journal_of(epoch).read(after, count)
        if found and epoch == self._epoch:
            self._were_read[found[-1].position] = len(found)
        return found

    def is_behind(self, position: str, mark: str) -> bool:
        return order(position) < order(mark)

    def forget(self, shard: int, epoch: str, upto: str, *, drained: bool) -> None:
        journal = self._journal_of(epoch)
        if drained:
            journal.remove()
            return
        journal.forget(upto)
        with self._lock:
            if epoch == self._epoch:
                self._written -= self._were_read.get(upto, 0)
                self._were_read.clear()

    def last(self, shard: int, epoch: str) -> str | None:
        journal = self._journal_of(epoch)
        return journal.end() if journal.exists else None

    def attend(self, shard: int) -> None:
        """The journal tells itself how far it was written."""

    def witness(self, shard: int, epoch: str) -> str:
        # What was written outlives the process, but not for certain the machine's loss of power.
        return self._journal_of(epoch).end() if epoch.startswith(_boot()) else ""

    def backlog(self, shard: int) -> int:
        return self._written

    def _take(self, request: Request, now: datetime, events: list[Event]) -> Taken:
        subject, ask, now_us = request.subject, request.ask, micros(now)
        if subject.epoch != self._epoch or self._is_stale(subject):
            return Taken(Step.STALE)
        if ask.refusal:
            metered = Metered(Outcome(ask.refusal))
        elif subject.limits or ask.lease_id:
            meter = self._meter(subject.id)
            metered = meter.take(subject.limits, subject.versions, ask, now_us)
        else:
            metered = Metered(Outcome.VALID)
        if metered.outcome is None:
            return without_units(metered, now_us)
        if not (ask.dry or ask.silent):
            events.append(Event(request.attempt, metered.outcome, now, metered.uses))
        return Taken(Step.DONE, metered.outcome, now_us, metered.levels, metered.retry_us)

    def _write(self, events: Sequence[Event]) -> None:
        """Remember those of one request; not junk of strangers when nobody reads the journal."""
        if self._written > _REFUSED_MAX:
            events = [event for event in events if event.outcome == Outcome.VALID]
        if events:
            assert self._journal is not None  # noqa: S101  (there is one in every epoch)
            self._journal.append(events)
            self._written += len(events)

    def _is_stale(self, subject: Subject) -> bool:
        key, _ = self._versions.get((KEY, subject.id), (0, 0.0))
        tenant, _ = self._versions.get((TENANT, subject.tenant_id), (0, 0.0))
        return key > subject.version or tenant > subject.tenant_version

    def _meter(self, subject_id: str) -> Meter:
        meter = self._meters.get(subject_id)
        if meter is None:
            if len(self._meters) >= self._meters_max:
                self._drop_idle_meters()
            meter = self._meters[subject_id] = Meter()
        return meter

    def _drop_idle_meters(self) -> None:
        now_us = micros(datetime.now(UTC))
        self._meters = {
            name: meter for name, meter in self._meters.items() if not meter.is_idle(now_us)
        }
        # If many are in use, not all are looked through for each one more.
        self._meters_max = max(_METERS_MAX, 2 * len(self._meters))

    def _forget_versions(self) -> None:
        since = time.monotonic() - VERSION_SECONDS
        self._versions = {
            subject: (version, at)
            for subject, (version, at) in self._versions.items()
            if at > since or subject == (BIRTHS, "")
        }

    def _journal_of(self, epoch: str) -> Journal:
        if self._journal is not None and epoch == self._epoch:
            return self._journal
        return Journal(self._directory, epoch)


def _boot() -> str:
    """What the epochs of this start of the machine begin with, where that can be told."""
    try:
        return JOURNAL + _BOOT_ID.read_text().strip()
    except OSError:
        return f"{JOURNAL}unknown"
