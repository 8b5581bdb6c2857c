"""The limiter of hosts without Redis: meters in rows, one transaction a step.

It is exact with any number of processes, and the slowest. What is decided about is read anew each
time, so there are no versions to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

from apikeys.domain.limits import micros
from apikeys.domain.metering import Grant, Meter, Metered
from apikeys.domain.usage import Attempt, Event
from apikeys.domain.verdict import Outcome
from apikeys.limiters.base import Emptied, Entry, Request, Step, Subject, Taken, without_units
from apikeys.models import MeterState

EPOCH = "database"
Recorder = Callable[[Sequence[Event]], None]
Wrapper = Callable[[Callable[..., None]], Callable[..., None]]


class DatabaseLimiter:
    """See `limiters.base.Limiter`. `record` rolls events up at once; `transaction` runs a step."""

    shards = 1
    shared = False
    keeps_records = False
    has_streams = False

    def __init__(self, record: Recorder, transaction: Wrapper) -> None:
        self._record = record
        self._transaction = transaction

    def epoch(self, shard: int) -> str:
        return EPOCH

    def epochs(self) -> Mapping[int, str]:
        return {0: EPOCH}

    def take(self, requests: Sequence[Request], now: datetime | None = None) -> list[Taken]:
        moment = now or datetime.now(UTC)
        done: list[Taken] = []

        def step() -> None:
            done.clear()
            events: list[Event] = []
            for request in requests:
                done.append(_take(request, moment, events))
                if done[-1].outcome is not Outcome.VALID:
                    break
            if events:
                self._record(events)

        self._transaction(step)()
        return done

    def note(self, attempt: Attempt, outcome: Outcome) -> int:
        event = Event(attempt, outcome, datetime.now(UTC))
        self._transaction(self._record)([event])
        return 0

    def grant(self, subject: Subject, grants: Sequence[Grant]) -> bool:
        taken: list[bool] = []

        def step() -> None:
            meter, now = _locked(subject.id), datetime.now(UTC)
            taken[:] = [meter.grant(subject.versions, grants, micros(now))]
            _store(subject.id, meter, now)

        self._transaction(step)()
        return taken[0]

    def empty(self, subject_id: str, closing: Sequence[str] = ()) -> Emptied:
        given: list[tuple[str, str, int]] = []

        def step() -> None:
            meter, now = _locked(subject_id), datetime.now(UTC)
            given[:] = meter.empty(closing, micros(now))
            _store(subject_id, meter, now)

        self._transaction(step)()
        return Emptied(tuple(given), "")

    def has_closed(self, subject_id: str, lots: Collection[str]) -> bool:
        return False  # it closes them in the transaction in which the ledger does

    def release(self, subject_id: str, lease_id: str) -> bool:
        held: list[bool] = []

        def step() -> None:
            # Not `_locked`: a lease that was never taken must not leave a row behind.
            row = MeterState.objects.select_for_update().filter(pk=subject_id).first()
            meter, now = Meter.from_json(row.state if row else {}), datetime.now(UTC)
            held[:] = [meter.leases.pop(lease_id, 0) > micros(now)]
            if held[0]:
                _store(subject_id, meter, now)

        self._transaction(step)()
        return held[0]

    def publish(self, kind: str, subject_id: str, version: int) -> None:
        """Nothing is kept that could be outdated."""

    def current_epoch(self, shard: int) -> str:
        return EPOCH

    def begin_epoch(self, shard: int) -> str:
        return EPOCH

    def adopt(self, shard: int, epoch: str) -> None:
        """There is only the one epoch."""

    def reads(self, epoch: str) -> bool:
        return epoch == EPOCH

    def read(self, shard: int, epoch: str, after: str, count: int) -> list[Entry]:
        return []

    def is_behind(self, position: str, mark: str) -> bool:
        return False

    def forget(self, shard: int, epoch: str, upto: str, *, drained: bool) -> None:
        """Events were rolled up with the step that they tell of."""

    def last(self, shard: int, epoch: str) -> str | None:
        return ""

    def attend(self, shard: int) -> None:
        """Nothing of it can be lost."""

    def witness(self, shard: int, epoch: str) -> str:
        return ""

    def backlog(self, shard: int) -> int:
        return 0


def _take(request: Request, now: datetime, events: list[Event]) -> Taken:
    subject, ask = request.subject, request.ask
    if ask.refusal:
        metered = Metered(Outcome(ask.refusal))
    elif subject.limits or ask.lease_id:
        meter = _locked(subject.id)
        before = meter.as_json()
        metered = meter.take(subject.limits, subject.versions, ask, micros(now))
        if meter.as_json() != before:
            _store(subject.id, meter, now)
    else:
        metered = Metered(Outcome.VALID)
    if metered.outcome is None:
        return without_units(metered, micros(now))
    if not (ask.dry or ask.silent):
        events.append(Event(request.attempt, metered.outcome, now, metered.uses))
    return Taken(Step.DONE, metered.outcome, micros(now), metered.levels, metered.retry_us)


def _locked(subject_id: str) -> Meter:
    rows = MeterState.objects.select_for_update()
    row, _ = rows.get_or_create(subject=subject_id, defaults={"updated_at": datetime.now(UTC)})
    return Meter.from_json(row.state)


def _store(subject_id: str, meter: Meter, now: datetime) -> None:
    MeterState.objects.filter(pk=subject_id).update(state=meter.as_json(), updated_at=now)
