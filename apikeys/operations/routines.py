"""What is asked again in the very same way: decided once, for as long as nothing has changed.

Many verifies repeat an earlier one to the letter: the same caller presents the same key with the
same facts. What the rules said of it then they say again, until a record is replaced or a time
comes that one of them waits for. So it is kept, and only the limiter is asked: the versions are
compared and the limits taken as ever. No secret is kept; questions go by `keyed_name`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.signals import setting_changed

from apikeys import metrics
from apikeys.domain.lifecycle import has_passed, next_change
from apikeys.domain.verdict import Verdict
from apikeys.limiters.base import Request
from apikeys.operations.cases import Case, limited
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now
from apikeys.operations.records import Record, records
from apikeys.operations.steps import see_to

# About a kilobyte each. Who tells another fact each time asks more questions than there are keys.
ROUTINES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Routine:
    """The records, verdicts before limits, and requests of one question; good before `until`.

    The requests are asked as this one tuple each time, which a limiter may then pack once.
    """

    records: tuple[Record, ...]
    verdicts: tuple[Verdict, ...]
    requests: tuple[Request, ...]
    until: datetime | None


class Routines:
    """The routines of this process by the name of the question, oldest first out."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Routine] = OrderedDict()

    def repeat(self, name: bytes, verdicts: list[Verdict]) -> None:
        """Append the verdicts, up to the first that is not valid or has to be decided anew."""
        routine = self._known.get(name)
        if routine is None:
            return
        if has_passed(routine.until, utc_now()) or not records.hold(routine.records):
            self._known.pop(name, None)
            return
        _ask_limiter(routine, verdicts)

    def learn(self, name: bytes, cases: Sequence[Case]) -> None:
        """Keep what was decided, if the rules let all of it pass and nothing in it is for once."""
        if not all(case.is_routine for case in cases):
            return
        known = tuple(case.record for case in cases if case.record)
        if not records.hold(known):
            return
        routine = Routine(
            known,
            tuple(case.verdict for case in cases),
            tuple(case.request for case in cases),
            next_change(min(case.decided_at for case in cases), *(it.terms for it in known)),
        )
        while len(self._known) >= ROUTINES_MAX:
            self._known.popitem(last=False)
        self._known[name] = routine

    def clear(self) -> None:
        self._known.clear()


def _ask_limiter(routine: Routine, verdicts: list[Verdict]) -> None:
    answers = limiter().take(routine.requests)
    parts = zip(routine.records, routine.requests, routine.verdicts, answers, strict=False)
    for record, request, verdict, taken in parts:
        if not see_to(record, request, taken):
            return
        metrics.cache_hit()
        verdicts.append(limited(verdict, record.subject.limits, taken))


routines = Routines()
# Who may be believed of addresses and hosts is part of every question.
setting_changed.connect(lambda **_: routines.clear(), weak=False, dispatch_uid="apikeys.routines")
