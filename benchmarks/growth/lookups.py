"""Verifying keys that the process has not met: a lookup in the database each time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from statistics import median

from benchmarks.contenders.ours import target_of, verify_request
from benchmarks.load import Cost, ask_each
from benchmarks.options import Options
from benchmarks.report import verdict
from benchmarks.rounds import Spread, tell
from benchmarks.stage import Keys
from tests.service import Service

RATIO_MAX = 1.2
WARM = 300
REQUESTS = 1_500  # in a round, on one connection


def lookups(
    options: Options, few: tuple[Service, Keys], many: tuple[Service, Keys]
) -> Iterator[list[str]]:
    """p50 with many keys against p50 with few, in turns."""
    tell("lookups")
    small, big = _Asked(*few), _Asked(*many)
    rounds = [(small.ask(), big.ask()) for _ in range(options.rounds)]
    for name, costs in zip(("few", "many"), zip(*rounds, strict=True), strict=True):
        count = options.small if name == "few" else options.big
        yield [f"verify of a new key, {count:,} keys", *_figures(costs), "", ""]
    ratio = Spread([other.percentile(50) / one.percentile(50) for one, other in rounds])
    met = verdict(is_met=ratio.median <= RATIO_MAX)
    yield ["p50 of many ÷ p50 of few", str(ratio), "", f"≤ {RATIO_MAX}", met]


class _Asked:
    """A service, and the keys that it was not asked for yet."""

    def __init__(self, service: Service, keys: Keys) -> None:
        self._target = target_of(service, connections=1)
        self._requests = [verify_request(keys.caller, secret) for secret in keys.secrets]
        random.Random(1).shuffle(self._requests)  # noqa: S311 - the order of a benchmark
        self._take(WARM)

    def ask(self) -> Cost:
        return self._take(REQUESTS)

    def _take(self, count: int) -> Cost:
        taken, self._requests = self._requests[:count], self._requests[count:]
        return ask_each(self._target, taken)


def _figures(costs: tuple[Cost, ...]) -> Iterator[str]:
    for percent in (50, 99):
        yield f"{median(cost.percentile(percent) for cost in costs):.2f}"
