"""Histories of one or two keys, drawn by Hypothesis, and what a limiter answers to each step.

A history is played on several limiters; what they answer is compared. The clock is the history's
own, years ahead of ours: what Redis expires by its own clock stays until the history is over.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from apikeys.domain.limits import (
    ATTRIBUTE_OF,
    QUOTAS,
    SECOND_US,
    Limits,
    limits_of,
    micros,
    period_of,
)
from apikeys.domain.metering import Ask, Grant
from apikeys.domain.usage import Attempt
from apikeys.limiters.base import KEY, TENANT, Limiter, Request, Step, Subject, shard_of

# Two seconds before a day, and a month, ends.
BEGINNING = datetime(2031, 1, 31, 23, 59, 58, tzinfo=UTC)
HUGE = 2**53 - 1
DAY_US = 86_400 * SECOND_US

_ids = itertools.count(1)

_BUCKETS = (None, None, None, 1, 2, 3, 7, 0, HUGE)
_CONCURRENT = (None, None, 1, 2, 0)


def _attributes_of(number: int) -> dict[str, int | None]:
    """Limits out of one number, because that is drawn quickly; 0 is none at all."""
    attributes: dict[str, int | None] = {}
    for name, values in (
        ("requests_per_second", _BUCKETS),
        ("requests_per_minute", _BUCKETS),
        ("concurrent_requests", _CONCURRENT),
        *((ATTRIBUTE_OF[kind], (None, None, 1)) for kind in QUOTAS),
    ):
        number, choice = divmod(number, len(values))
        attributes[name] = values[choice]
    return attributes


_ATTRIBUTES = st.integers(0, len(_BUCKETS) ** 2 * len(_CONCURRENT) * 3**4 - 1).map(_attributes_of)
_WHO = st.integers(0, 1)
_TAKE = st.tuples(
    *(st.just("take"), _WHO, st.sampled_from([1, 1, 1, 0, 2, 3, 7, 1_000_000])),
    *(st.sampled_from([0, 0, 1, 30]), st.sampled_from(["take"] * 8 + ["dry", "revoked"])),
    # Whether both keys are asked, and what the ledger has for who wants it.
    *(st.booleans(), st.integers(0, 9), st.sampled_from([0, 0, 5])),
)
_GRANT = st.tuples(
    *(st.just("grant"), _WHO, st.sampled_from(QUOTAS), st.integers(0, 4), st.integers(0, 4)),
    # Of which lot, how many days from now, and whether it comes too late.
    *(st.integers(0, 2), st.sampled_from([0, 0, 0, 1, -1]), st.sampled_from([0] * 9 + [1])),
)
_MOVE = st.tuples(
    st.just("move"),
    st.sampled_from([0.2, 1e-6, 0.999_999, 1.0, 1.5, 31.0, 61.0, 86_400.0, 2_700_000.0]),
    st.sampled_from([1, 1, 1, -1]),
)
_OTHERS = st.one_of(
    st.tuples(st.just("patch"), _WHO, _ATTRIBUTES, st.booleans(), st.booleans()),
    st.tuples(st.just("empty"), _WHO, st.sets(st.integers(0, 2))),
    st.tuples(st.just("release"), _WHO, st.integers(0, 3)),
)
_STEP = st.one_of(_TAKE, _TAKE, _TAKE, _MOVE, _GRANT, _OTHERS)
HISTORY = st.tuples(_ATTRIBUTES, _ATTRIBUTES, st.lists(_STEP, min_size=5, max_size=15))


class Play:
    """One history on one limiter: call it with a step, it says what came of it."""

    def __init__(self, limiter: Limiter, names: Sequence[str], *, ages: bool = True) -> None:
        self._limiter = limiter
        self._names = names
        self._now = BEGINNING
        self._ages = ages  # whether the limiter knows versions
        self._leases: list[list[str]] = [[], []]
        self._subjects: list[Subject] = []

    def begin(self, *attributes: dict[str, Any]) -> Play:
        self._subjects = [
            self._subject(name, 1, 1, limits_of(its, {}))
            for name, its in zip(self._names, attributes, strict=True)
        ]
        return self

    def __call__(self, step: tuple[Any, ...]) -> object:
        verb: Callable[..., object] = getattr(self, f"_{step[0]}")
        return verb(*step[1:])

    def _take(
        self, who: int, cost: int, seconds: int, mode: str, both: int, units: int, rest: int
    ) -> object:
        asked = [self._request(who, cost, seconds, mode)]
        if both:
            asked.append(self._request(1 - who, 1, 0, "take"))
        answers = self._limiter.take(asked, self._now)
        last = answers[-1]
        if last.step is not Step.WANTING:
            return answers
        # As `ledger.replenish` does it.
        name = asked[len(answers) - 1].subject.id
        emptied = last.leftover and sorted(self._limiter.empty(name).balances)
        whose = self._names.index(name)
        granted = [self._grant(whose, kind, units, rest, 0, 0, 0) for kind in last.wanting]
        again = self._limiter.take(asked[len(answers) - 1 :], self._now)
        return answers, emptied, granted, again

    def _grant(
        self, who: int, kind: str, units: int, rest: int, lot: int, days: int, late: int
    ) -> object:
        now_us = micros(self._now)
        it = period_of(kind, now_us + days * DAY_US)
        dates = (it.start_us, it.until_us, rest, 1 if late else now_us)
        grant = Grant(kind, units, f"lot{lot}", *dates, limit=100)
        return self._limiter.grant(self._subjects[who], [grant] if units or rest else [])

    def _move(self, seconds: float, sign: int) -> None:
        self._now += sign * timedelta(seconds=seconds)

    def _patch(self, who: int, attributes: dict[str, Any], tenant: bool, told: bool) -> None:
        """A change, read by whoever asks next if `told`; otherwise it is published and not read."""
        before = self._subjects[who]
        version, tenant_version = before.version + 1, before.tenant_version + tenant
        if told or not self._ages:
            limits = limits_of(attributes, {})
            self._subjects[who] = self._subject(before.id, version, tenant_version, limits)
        self._limiter.publish(KEY, before.id, version)
        self._limiter.publish(TENANT, before.tenant_id, tenant_version)

    def _empty(self, who: int, closing: set[int]) -> object:
        given = self._limiter.empty(self._subjects[who].id, [f"lot{it}" for it in sorted(closing)])
        return sorted(given.balances)

    def _release(self, who: int, which: int) -> object:
        leases = self._leases[who]
        lease = leases.pop(which) if which < len(leases) else "lease_unknown"
        return self._limiter.release(self._subjects[who].id, lease)

    def _request(self, who: int, cost: int, seconds: int, mode: str) -> Request:
        lease = f"lease_{len(self._leases[who])}_{self._now.timestamp()}" if seconds else ""
        if lease and mode == "take":
            self._leases[who].append(lease)
        ask = Ask(
            cost=cost,
            lease_id=lease if mode == "take" else "",
            lease_us=seconds * 1_000_000,
            refusal="" if mode in ("take", "dry") else mode,
            dry=mode == "dry",
        )
        return Request(self._subjects[who], ask, Attempt(1, who + 1, "/an endpoint", cost, "::1"))

    def _subject(self, name: str, version: int, tenant_version: int, limits: Limits) -> Subject:
        shard = shard_of(name, self._limiter.shards)
        epoch = self._limiter.epoch(shard)
        return Subject(name, f"org_{name}", version, tenant_version, shard, epoch, limits)


def new_names() -> list[str]:
    """Ids that no history had before."""
    return [f"key_{next(_ids):032x}" for _ in range(2)]
