"""Taking turns: every contender once in each round, so that a busy minute troubles all alike."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.contender import Aim, Contender
from benchmarks.load import Cost


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure by round."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.median:.2f} ({low:.2f}..{high:.2f})"


@dataclass(frozen=True, slots=True)
class Results:
    """What every contender cost, by round; by the contender's id."""

    costs: dict[str, list[Cost]]

    def spread(self, contender: Contender, aim: Aim) -> Spread | None:
        """The ratio that is aimed at, by round; None if the other one was not measured."""
        others = self.costs.get(aim.of)
        if others is None:
            return None
        pairs = zip(self.costs[contender.id], others, strict=True)
        return Spread([aim.ratio(one, other) for one, other in pairs])

    def rate(self, contender: Contender) -> float:
        """Requests per second, the median."""
        return median(cost.per_second for cost in self.costs[contender.id])

    def cpu(self, contender: Contender) -> float:
        """Seconds of CPU for 1,000 requests, the median."""
        return median(cost.cpu_per_thousand for cost in self.costs[contender.id])


def take_turns(
    contenders: Sequence[Contender], *, rounds: int, seconds: float, warm: int
) -> Results:
    """Warm every one up, then measure them in turn."""
    for contender in contenders:
        tell(f"warming up: {contender.name}")
        contender.warm_up(warm)
    costs: dict[str, list[Cost]] = {contender.id: [] for contender in contenders}
    for number in range(1, rounds + 1):
        tell(f"round {number} of {rounds}")
        for contender in contenders:
            costs[contender.id].append(contender.measure(seconds))
    return Results(costs)


def tell(progress: str) -> None:
    """Say what is going on, beside the table."""
    print(progress, file=sys.stderr, flush=True)
