"""Latencies while requests come at a rate of their own, whatever the server does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from benchmarks.contender import Contender
from benchmarks.load import ask_at
from benchmarks.report import Table
from benchmarks.rounds import Results, tell

SHARES = (0.3, 0.6)  # of what it answered when it was asked as fast as it could
SECONDS = 5


def paced(contenders: Sequence[Contender], results: Results, *, warm: int) -> Table:
    """p50 and p99 at two shares of what each managed.

    Each is warmed up again, for what has ended while the others had their turns.
    """
    lines = [line for contender in contenders for line in _lines(contender, results, warm)]
    title = "Latency at a fixed rate, from the moment a request was due (ms)"
    return Table(title, ("what", "rate, req/s", "p50", "p99"), lines)


def _lines(contender: Contender, results: Results, warm: int) -> Iterator[list[str]]:
    if contender.paced is None:
        return
    tell(f"at a fixed rate: {contender.name}")
    target, requests = contender.paced
    contender.warm_up(warm)
    for share in SHARES:
        rate = results.rate(contender) * share
        due = list(itertools.islice(itertools.cycle(requests), int(rate * SECONDS)))
        cost = ask_at(target, due, per_second=rate)
        figures = (f"{cost.percentile(percent):.2f}" for percent in (50, 99))
        yield [contender.name, f"{rate:,.0f}", *figures]
