"""Whatever happens between a lease and its use: never a unit too many, and none lost for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apikeys.domain.limits import micros
from apikeys.domain.metering import Grant
from apikeys.limiters.base import Limiter, Subject
from apikeys.limiters.database import DatabaseLimiter
from apikeys.operations import books, ledger
from apikeys.operations.flushing import flush
from apikeys.operations.limiting import limiter
from tests.engine.asking import Key, in_flight
from tests.engine.losing import lose
from tests.engine.much import TIMES

HISTORIES = 8
LIMIT = 24

_KINDS = ("uses", "month", "credits")
_ATTRIBUTES = {"uses": "max_uses", "month": "monthly_request_quota", "credits": "credits"}
_STEP = st.one_of(
    st.tuples(st.just("take"), st.sampled_from([1, 1, 3, 7])),
    st.tuples(st.just("take"), st.sampled_from([1, 1, 3, 7])),
    st.tuples(st.just("lease"), st.integers(1, 5)),
    st.tuples(st.just("arrive")),
    st.tuples(st.just("flush")),
    st.tuples(st.just("reconcile")),
    st.tuples(st.just("patch"), st.integers(0, LIMIT)),
    st.tuples(st.just("lose"), st.booleans()),
    st.tuples(st.just("rename")),
)


class Site:
    """One key with one quota, what is under way of it, and what may be spent of it."""

    def __init__(self, begin: Callable[[], Limiter], kind: str, limit: int) -> None:
        self.begin, self.kind, self.limit = begin, kind, limit
        self.key = Key({_ATTRIBUTES[kind]: limit})
        self.key.verify(dry_run=True)  # an epoch that the history before has lost is over
        self.passed = self.high = 0
        self.lost_streams = False
        self.under_way: list[tuple[Subject, list[Grant]]] = []

    def do(self, step: tuple[Any, ...]) -> None:
        getattr(self, step[0])(*step[1:])

    def take(self, cost: int) -> None:
        verdict = self.key.verify(cost)
        assert verdict.outcome != "undetermined"
        if verdict.valid:
            self.passed += 1 if self.kind == "uses" else cost
            assert self.passed <= self.limit

    def lease(self, units: int) -> None:
        self.under_way.append(in_flight(self.key, self.kind, units))

    def arrive(self) -> None:
        if self.under_way:
            subject, grants = self.under_way.pop(0)
            if grants and not limiter().grant(subject, grants):
                given = [(it.kind, it.lot, it.units) for it in grants]
                ledger.give_back(self.key.row.pk, given, micros(self.key.now))

    def flush(self) -> None:
        flush(self.key.now)

    def reconcile(self) -> None:
        self.key.reconcile()

    def patch(self, limit: int) -> None:
        self.flush()  # or what is left is not known yet, and may seem to be what is wanted
        self.key.revise(**{_ATTRIBUTES[self.kind]: limit})
        self.high, self.limit = self.passed, limit
        if self.kind == "credits":  # of which it is told what is left, not what there is in all
            self.passed = self.high = 0

    def lose(self, streams: bool) -> None:
        if not isinstance(limiter(), DatabaseLimiter):
            self.lost_streams = self.lost_streams or streams
            lose(self.begin, streams=streams)

    def rename(self) -> None:
        """A change of the key that has nothing to do with its quota."""
        self.key.revise(description=str(self.key.now))

    def spend_all(self) -> None:
        self.under_way.clear()
        self.take(1)  # an epoch that was lost is noticed
        self.reconcile()
        while self.key.verify().valid:
            self.passed += 1
            assert self.passed <= self.limit


@pytest.mark.parametrize("kind", _KINDS)
def test_never_a_unit_too_many_and_none_lost_for_good(
    begin: Callable[[], Limiter], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As far ahead as with large quotas.
    monkeypatch.setattr(books, "chunk", lambda left, needed: min(left, max(needed, 5)))
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

    @settings(max_examples=HISTORIES * TIMES, print_blob=True, suppress_health_check=quiet)
    @given(st.integers(0, LIMIT), st.lists(_STEP, min_size=4, max_size=20))
    def holds(limit: int, steps: list[tuple[Any, ...]]) -> None:
        site = Site(begin, kind, limit)
        for step in steps:
            site.do(step)
        site.spend_all()
        if not site.lost_streams:
            assert site.passed == max(site.limit, site.high)

    holds()
