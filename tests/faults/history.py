"""What clients saw: every call, when it began and ended, and what came back."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

#: In place of a status: the connection broke, or nothing came in time.
UNANSWERED = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One verify. Times are monotonic seconds; `cost` is in units of the key's quota."""

    key_id: str
    cost: int
    began_at: float
    ended_at: float
    status: int
    code: str

    @property
    def passed(self) -> bool:
        return self.status == 200 and self.code == "valid"

    @property
    def refused(self) -> bool:
        return self.status == 200 and self.code != "valid"

    @property
    def undetermined(self) -> bool:
        return self.status == 503

    @property
    def unanswered(self) -> bool:
        return self.status == UNANSWERED

    @property
    def foreseen(self) -> bool:
        """Whether the contract knows such an answer, or the fault took the answer away."""
        return self.status in (200, UNANSWERED) or (self.status, self.code) == (503, "undetermined")


class History:
    """Calls, and questions to them; each answer is a history again. Threads may add at once."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self.calls = list(calls)

    def __len__(self) -> int:
        return len(self.calls)

    def add(self, call: Call) -> None:
        """Note one more call."""
        self.calls.append(call)

    def that(self, is_meant: Callable[[Call], bool]) -> History:
        """The calls of which `is_meant` is true."""
        return History(call for call in self.calls if is_meant(call))

    def of(self, key_id: str) -> History:
        """The calls that asked about one key."""
        return self.that(lambda call: call.key_id == key_id)

    def by_key(self) -> dict[str, History]:
        """The calls about each key; an empty history for a key that nobody asked about."""
        found: dict[str, History] = defaultdict(History)
        for call in self.calls:
            found[call.key_id].add(call)
        return found

    def passed(self) -> History:
        """Those answered `valid`."""
        return self.that(lambda call: call.passed)

    def refused(self) -> History:
        """Those answered with any other verdict."""
        return self.that(lambda call: call.refused)

    def undetermined(self) -> History:
        """Those answered with 503."""
        return self.that(lambda call: call.undetermined)

    def unresolved(self) -> History:
        """Those of which the client cannot know whether they were counted."""
        return self.that(lambda call: call.undetermined or call.unanswered)

    def started_after(self, moment: float) -> History:
        """Those that began later than this monotonic second."""
        return self.that(lambda call: call.began_at > moment)

    @property
    def units(self) -> int:
        """What all of them cost together."""
        return sum(call.cost for call in self.calls)

    @property
    def slowest_seconds(self) -> float:
        """How long the longest of them took; 0 when there are none."""
        return max((call.ended_at - call.began_at for call in self.calls), default=0.0)

    def most_within(self, seconds: float) -> int:
        """The most calls that lay, from start to end, in one window of so many seconds."""
        calls = sorted(self.calls, key=lambda call: call.began_at)
        return max((_within(calls[index:], seconds) for index in range(len(calls))), default=0)

    def write(self, file: Path) -> None:
        """Write one line for each call, in the order of their ends."""
        with file.open("w", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(field.name for field in fields(Call))
            for call in sorted(self.calls, key=lambda call: call.ended_at):
                writer.writerow(astuple(call))


def _within(calls: list[Call], seconds: float) -> int:
    until = calls[0].began_at + seconds
    count = 0
    for call in calls:
        if call.began_at > until:
            break
        count += call.ended_at <= until
    return count
