"""The meter: buckets and their windows, clocks that are set, all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.limits import SECOND_US, WINDOW_SECONDS, Limits, limits_of, micros, period_of
from apikeys.domain.metering import LATE_US, Ask, Grant, Meter
from apikeys.domain.verdict import Outcome

NOON = micros(datetime(2026, 3, 4, 12, tzinfo=UTC))
HUGE = 2**53 - 1
ALL = {
    **{"requests_per_second": 9, "requests_per_minute": 9, "concurrent_requests": 9},
    **{"requests_per_day": 9, "monthly_request_quota": 9, "max_uses": 9, "credits": 9},
}


def of(**attributes: int) -> Limits:
    return limits_of(attributes, {})


def granted(kind: str, units: int, *, lot: str = "lot", asked_us: int = NOON) -> Grant:
    period = period_of(kind, NOON)
    return Grant(kind, units, lot, period.start_us, period.until_us, 0, asked_us, units)


@pytest.mark.parametrize("name", ["second", "minute"])
@given(
    limit=st.integers(0, 6),
    pauses=st.lists(st.integers(0, 900_000) | st.sampled_from([0, 1]), min_size=1, max_size=60),
)
def test_no_sliding_window_lets_more_than_twice_the_limit_less_one_through(
    name: str, limit: int, pauses: list[int]
) -> None:
    window_us = WINDOW_SECONDS[name] * SECOND_US
    meter, limits, now_us, passed = Meter(), of(**{f"requests_per_{name}": limit}), NOON, []
    for pause in pauses:
        now_us += pause * WINDOW_SECONDS[name]
        if meter.take(limits, "1.1", Ask(), now_us).outcome is Outcome.VALID:
            passed.append(now_us)
    for begin in passed:
        inside = [at for at in passed if begin <= at < begin + window_us]
        assert len(inside) <= max(0, 2 * limit - 1)


@given(limit=st.integers(1, 60))
def test_whoever_waits_as_long_as_told_passes(limit: int) -> None:
    meter, limits, now_us = Meter(), of(requests_per_minute=limit), NOON
    for _ in range(limit):
        assert meter.take(limits, "1.1", Ask(), now_us).outcome is Outcome.VALID
    refused = meter.take(limits, "1.1", Ask(), now_us)
    assert refused.outcome is Outcome.RATE_LIMITED
    assert refused.retry_us is not None
    assert meter.take(limits, "1.1", Ask(), now_us + refused.retry_us - 1).outcome is not (
        Outcome.VALID
    )
    assert meter.take(limits, "1.1", Ask(), now_us + refused.retry_us).outcome is Outcome.VALID


@pytest.mark.parametrize("limit", [HUGE, HUGE // 2, 10**9])
@pytest.mark.parametrize("name", ["requests_per_second", "requests_per_minute"])
def test_the_largest_limit_is_counted_too(name: str, limit: int) -> None:
    meter, limits = Meter(), of(**{name: limit})
    first = meter.take(limits, "1.1", Ask(), NOON)
    assert first.levels[0] is not None
    assert first.levels[0].remaining == limit - 1


def test_a_clock_that_is_set_back_refills_nothing_and_stops_nobody_for_longer() -> None:
    meter, limits = Meter(), of(requests_per_second=2)
    hour_us = 3600 * SECOND_US
    assert [passes(meter, limits, NOON) for _ in range(3)] == [True, True, False]
    assert not passes(meter, limits, NOON - hour_us)
    assert passes(meter, limits, NOON - hour_us + SECOND_US // 2)
    assert not passes(meter, limits, NOON - hour_us + SECOND_US // 2)


def passes(meter: Meter, limits: Limits, now_us: int) -> bool:
    return meter.take(limits, "1.1", Ask(), now_us).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("spent", "outcome"),
    [
        ("requests_per_second", Outcome.RATE_LIMITED),
        ("requests_per_minute", Outcome.RATE_LIMITED),
        ("requests_per_day", Outcome.QUOTA_EXCEEDED),
        ("monthly_request_quota", Outcome.QUOTA_EXCEEDED),
        ("max_uses", Outcome.QUOTA_EXCEEDED),
        ("concurrent_requests", Outcome.CONCURRENCY_EXCEEDED),
        ("credits", Outcome.CREDITS_EXHAUSTED),
    ],
)
def test_a_limit_that_refuses_leaves_all_others_as_they_were(spent: str, outcome: Outcome) -> None:
    meter, limits = Meter(), of(**{**ALL, spent: 0})
    kinds = {"day": "requests_per_day", "month": "monthly_request_quota", "uses": "max_uses"}
    for kind in (*kinds, "credits"):
        empty = kinds.get(kind, kind) == spent
        meter.grant("1.1", [granted(kind, 0 if empty else 9)], NOON)
    before = meter.as_json()
    told = meter.take(limits, "1.1", Ask(cost=3, lease_id="lease", lease_us=SECOND_US), NOON)
    assert told.outcome is outcome
    assert meter.as_json() == before


def test_what_refuses_first_is_told_in_the_order_of_the_contract() -> None:
    meter = Meter()
    for kind in ("day", "month", "uses", "credits"):
        meter.grant("1.1", [granted(kind, 0)], NOON)
    told = [
        meter.take(of(**dict.fromkeys(names, 0)), "1.1", Ask(), NOON).outcome
        for names in (
            ALL,
            ("requests_per_day", "concurrent_requests", "credits"),
            ("max_uses", "credits", "concurrent_requests"),
            ("concurrent_requests", "credits"),
            ("credits",),
        )
    ]
    assert told == [
        *(Outcome.RATE_LIMITED, Outcome.QUOTA_EXCEEDED, Outcome.QUOTA_EXCEEDED),
        *(Outcome.CONCURRENCY_EXCEEDED, Outcome.CREDITS_EXHAUSTED),
    ]


def test_a_grant_of_a_closed_lot_is_refused_whatever_closed_after_it() -> None:
    meter = Meter()
    meter.empty(["first"], NOON)
    meter.empty(["second"], NOON)
    assert not meter.grant("1.1", [granted("day", 5, lot="first")], NOON)
    assert meter.grant("1.1", [granted("day", 5, lot="third")], NOON)


def test_a_grant_that_was_on_its_way_for_too_long_is_refused() -> None:
    meter = Meter()
    assert not meter.grant("1.1", [granted("day", 5)], NOON + LATE_US + 1)
    assert meter.grant("1.1", [granted("day", 5)], NOON + LATE_US)


def test_a_meter_is_idle_only_when_a_new_one_would_say_the_same() -> None:
    meter, limits = Meter(), of(requests_per_minute=5)
    assert meter.is_idle(NOON)
    meter.take(limits, "1.1", Ask(lease_id="lease", lease_us=600 * SECOND_US), NOON)
    assert not meter.is_idle(NOON + 60 * SECOND_US)
    assert not meter.is_idle(NOON + 599 * SECOND_US)
    assert meter.is_idle(NOON + 601 * SECOND_US)


def test_a_meter_is_idle_when_its_units_are_spent_and_nobody_asks_for_more() -> None:
    meter, limits = Meter(), of(max_uses=9)
    meter.grant("1.1", [granted("uses", 1)], NOON)
    assert not meter.is_idle(NOON + 600 * SECOND_US)
    meter.take(limits, "1.1", Ask(), NOON)
    assert not meter.is_idle(NOON + 60 * SECOND_US)
    assert meter.is_idle(NOON + 600 * SECOND_US)
    meter.take(limits, "1.1", Ask(), NOON + 590 * SECOND_US)
    assert not meter.is_idle(NOON + 600 * SECOND_US)


def test_a_meter_outlives_the_row_it_is_kept_in() -> None:
    meter, limits = Meter(), of(**ALL)
    for kind in ("day", "month", "uses", "credits"):
        meter.grant("1.1", [granted(kind, 9)], NOON)
    meter.empty(["another"], NOON)
    for kind in ("day", "month", "uses", "credits"):
        meter.grant("1.1", [granted(kind, 9)], NOON)
    meter.take(limits, "1.1", Ask(lease_id="lease", lease_us=SECOND_US), NOON)
    assert Meter.from_json(meter.as_json()) == meter
