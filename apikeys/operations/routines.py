"""What is asked again in the very same way: decided once, for as long as nothing has changed.

Most verifies repeat one before them to the letter: the same caller presents the same key with the
same facts. What the rules said of it then they say again until a record is replaced or a time
comes that one of them waits for. So it is kept, and only the limiter is asked: the versions are
compared and the limits taken as ever. No secret is kept; `name` is a keyed hash of the question.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.signals import setting_changed
from django.db import connection

from apikeys import metrics
from apikeys.conf import settings
from apikeys.domain.lifecycle import next_change
from apikeys.domain.verdict import Verdict
from apikeys.limiters.base import Request
from apikeys.operations.cases import Case, limited
from apikeys.operations.limiting import limiter
from apikeys.operations.records import Record, records
from apikeys.operations.steps import is_done


@dataclass(frozen=True, slots=True)
class Routine:
    """The records, verdicts before limits, and requests of one question; good before `until`."""

    records: tuple[Record, ...]
    verdicts: tuple[Verdict, ...]
    requests: tuple[Request, ...]
    until: datetime | None


class Routines:
    """The routines of this process by the name of the question, oldest first out."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Routine] = OrderedDict()

    def repeat(self, name: bytes, now: datetime, verdicts: list[Verdict]) -> None:
        """Append the verdicts, up to the first that is not valid or has to be decided anew."""
        routine = self._known.get(name)
        if routine is None or connection.in_atomic_block:
            return
        late = routine.until is not None and routine.until <= now
        if late or not all(map(records.holds, routine.records)):
            self._known.pop(name, None)
            return
        _take(routine, verdicts)

    def learn(self, name: bytes, cases: Sequence[Case]) -> None:
        """Keep what was decided, if the rules let all of it pass and nothing in it is for once."""
        known = [case.record for case in cases if case.is_routine and case.record]
        if len(known) < len(cases) or not all(map(records.holds, known)):
            return
        changes = [
            next_change(record.terms, case.decided_at)
            for record, case in zip(known, cases, strict=True)
        ]
        routine = Routine(
            tuple(known),
            tuple(case.verdict for case in cases),
            tuple(case.request for case in cases),
            min((it for it in changes if it is not None), default=None),
        )
        while len(self._known) >= settings.CACHED_RECORDS:
            self._known.popitem(last=False)
        self._known[name] = routine

    def clear(self) -> None:
        self._known.clear()


def _take(routine: Routine, verdicts: list[Verdict]) -> None:
    taken = limiter().take(routine.requests)
    parts = zip(routine.records, routine.requests, routine.verdicts, taken, strict=False)
    for record, request, verdict, step in parts:
        metrics.cache_hit()
        if not is_done(record, request, step):
            return
        verdicts.append(limited(verdict, record.subject.limits, step))


routines = Routines()
# Who may be believed of addresses and hosts is part of every question.
setting_changed.connect(lambda **_: routines.clear(), weak=False, dispatch_uid="apikeys.routines")
