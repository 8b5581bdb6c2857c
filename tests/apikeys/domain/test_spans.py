"""Stretches of time, cut into intervals of UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from apikeys.domain.errors import InvalidInput
from apikeys.domain.figures import Figures, amount_of, summed
from apikeys.domain.spans import Interval, Span, days_before

NOW = datetime(2026, 3, 31, 12, 30, 1, 7, tzinfo=UTC)
MIDNIGHT = datetime(2026, 4, 1, tzinfo=UTC)


def around(since: datetime | None, until: datetime | None, interval: str = "day") -> Span:
    return Span.around(since, until, Interval(interval), NOW)


@pytest.mark.parametrize(
    ("interval", "start", "end"),
    [
        ("hour", datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("day", datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("month", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_interval_begins_and_ends_in_utc(interval: str, start: datetime, end: datetime) -> None:
    moment = datetime(2027, 1, 1, 1, 59, 59, tzinfo=timezone(timedelta(hours=2)))
    assert Interval(interval).start(moment) == start
    assert Interval(interval).after(start) == end


def test_february_is_followed_by_march_in_every_year() -> None:
    for year in (2023, 2024, 2100):
        after = Interval.MONTH.after(datetime(year, 2, 1, tzinfo=UTC))
        assert after == datetime(year, 3, 1, tzinfo=UTC)


def test_thirty_days_are_the_default_whatever_the_end() -> None:
    for until in (None, MIDNIGHT, MIDNIGHT - timedelta(microseconds=1)):
        span = around(None, until)
        assert (span.since, span.until) == (datetime(2026, 3, 2, tzinfo=UTC), MIDNIGHT)
        assert len(list(span.starts)) == 30


def test_so_many_days_end_with_this_one() -> None:
    assert days_before(NOW, 1) == datetime(2026, 3, 31, tzinfo=UTC)
    assert days_before(MIDNIGHT, 1) == datetime(2026, 3, 31, tzinfo=UTC)


def test_a_range_within_one_interval_is_that_interval() -> None:
    span = around(NOW, NOW + timedelta(microseconds=1), "month")
    assert list(span.starts) == [datetime(2026, 3, 1, tzinfo=UTC)]
    assert span.until == MIDNIGHT


@pytest.mark.parametrize(
    ("since", "until", "interval", "pointer", "code"),
    [
        (NOW, NOW, "day", "/to", "empty_range"),
        (MIDNIGHT, None, "day", "/from", "empty_range"),
        (NOW, NOW - timedelta(days=1), "hour", "/to", "empty_range"),
        (NOW - timedelta(hours=1000), NOW, "hour", "/from", "range_too_long"),
        (datetime(1970, 1, 1, tzinfo=UTC), None, "day", "/from", "range_too_long"),
        (None, datetime(9998, 12, 31, tzinfo=UTC), "hour", None, ""),
    ],
)
def test_a_range_is_neither_empty_nor_too_long(
    since: datetime | None, until: datetime | None, interval: str, pointer: str | None, code: str
) -> None:
    if pointer is None:
        assert len(list(around(since, until, interval).starts)) == 30 * 24
        return
    with pytest.raises(InvalidInput) as refused:
        around(since, until, interval)
    assert [(it.pointer, it.code) for it in refused.value.errors] == [(pointer, code)]


def test_figures_are_added_up() -> None:
    one = Figures(requests=2, cost=5, refusals={"expired": 1})
    two = Figures(reported=3, errors=1, latency_ms=10, refusals={"expired": 1, "disabled": 4})
    both = summed([one, two])
    assert both.by_verdict == {"valid": 2, "disabled": 4, "expired": 2}
    assert (both.refused, both.cost) == (6, 5)
    assert (both.success_rate, both.average_latency_ms) == (0.666667, 3.333)
    assert (one.success_rate, one.average_latency_ms) == (None, None)
    assert one.refusals == {"expired": 1}


@pytest.mark.parametrize(
    ("requests", "price", "amount"),
    [
        (4, "0.0025", "0.01"),
        (0, "0.5", "0"),
        (2, "50", "100"),
        (7, None, None),
        (9_007_199_254_740_991, "999999999999.99999999", "9007199254740990999909928007.45259009"),
    ],
)
def test_money_is_exact(requests: int, price: str | None, amount: str | None) -> None:
    assert amount_of(requests, price) == amount
