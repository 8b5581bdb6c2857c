"""Something that is measured, and what it is compared with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.load import Cost, Target, ask_each, ask_for

WARM_SECONDS = 60


class Missing(Exception):
    """A contender cannot be measured on this machine; the message says why."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A ratio to another contender that is wanted: of CPU per request, or of req/s."""

    of: str
    bound: float
    at_most: bool = True
    by_rate: bool = False

    def ratio(self, one: Cost, other: Cost) -> float:
        """How many times what the other has; infinite where the other's CPU time was too short."""
        if self.by_rate:
            return one.per_second / other.per_second
        return one.cpu_per_thousand / (other.cpu_per_thousand or float("nan"))

    def is_met(self, ratio: float) -> bool:
        return ratio <= self.bound if self.at_most else ratio >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"


def no_more_than(bound: float, of: str) -> Aim:
    """It costs at most so many times the CPU of the other."""
    return Aim(of, bound)


def no_less_than(bound: float, of: str) -> Aim:
    """It costs at least so many times the CPU of the other."""
    return Aim(of, bound, at_most=False)


@dataclass(frozen=True, slots=True)
class Contender:
    """What is measured, under a short id and a name for people.

    `measure` takes the seconds of a round. `warm_up` runs before all rounds, and again before the
    fixed rate; it takes the most requests that it may send. `paced`: target and requests, if it is
    also asked at a rate.
    """

    id: str
    name: str
    measure: Callable[[float], Cost]
    warm_up: Callable[[int], object] = lambda most: None
    aims: Sequence[Aim] = ()
    paced: tuple[Target, Sequence[bytes]] | None = field(default=None, repr=False)


def over_http(
    id: str,
    name: str,
    target: Target,
    requests: Sequence[bytes],
    *,
    aims: Sequence[Aim] = (),
    warm: int = 1_000,
    warm_seconds: float = WARM_SECONDS,
    paced: bool = False,
) -> Contender:
    """The same requests over and over; `warm` of them before the first round, if time allows."""

    def warm_up(most: int) -> None:
        wanted = min(warm, most)
        asked = itertools.islice(itertools.cycle(requests), wanted)
        ask_each(target, list(asked), seconds=warm_seconds)

    return Contender(
        id,
        name,
        lambda seconds: ask_for(target, requests, seconds),
        warm_up,
        aims,
        (target, requests) if paced else None,
    )


def never_twice(
    id: str,
    name: str,
    target: Target,
    requests: list[bytes],
    *,
    aims: Sequence[Aim],
    warm: int,
    rounds: int,
) -> Contender:
    """Each request at most once in the whole run: a round ends early when its share is over."""
    share = (len(requests) - warm) // rounds

    def take(seconds: float) -> Cost:
        cost = ask_each(target, requests[:share], seconds=seconds)
        del requests[: cost.requests]
        return cost

    def warm_up(most: int) -> None:
        count = min(warm, most)
        ask_each(target, requests[:count])
        del requests[:count]

    return Contender(id, name, take, warm_up, aims)
