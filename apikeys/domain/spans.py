"""Stretches of time cut into hours, days or months of UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from apikeys.domain.errors import InvalidInput

INTERVALS_MAX = 1000
_DAYS = 30
_INSTANT = timedelta(microseconds=1)


class Interval(StrEnum):
    """How long each piece is."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"

    def start(self, moment: datetime) -> datetime:
        """When the interval began in which the moment lies."""
        hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        match self:
            case Interval.HOUR:
                return hour
            case Interval.DAY:
                return hour.replace(hour=0)
            case Interval.MONTH:
                return hour.replace(hour=0, day=1)

    def after(self, start: datetime) -> datetime:
        """When the interval ends that begins at `start`."""
        match self:
            case Interval.HOUR:
                return start + timedelta(hours=1)
            case Interval.DAY:
                return start + timedelta(days=1)
            case Interval.MONTH:
                return self.start(start + timedelta(days=31))


@dataclass(frozen=True, slots=True)
class Span:
    """Whole intervals from `since` up to, without, `until`."""

    since: datetime
    until: datetime
    interval: Interval

    @classmethod
    def around(
        cls,
        since: datetime | None,
        until: datetime | None,
        interval: Interval,
        now: datetime,
    ) -> Span:
        """The intervals that lie in a range even in part: by default the last 30 days.

        Raises `InvalidInput` for a range that is empty or has more than 1000 of them.
        """
        end = now if until is None else until
        begin = days_before(end, _DAYS) if since is None else since
        if begin > end or begin == until:
            named = "from" if until is None else "to"
            raise InvalidInput.at(f"/{named}", "empty_range", "`from` must lie before `to`.")
        last = interval.start(end)
        span = cls(interval.start(begin), last if last == until else interval.after(last), interval)
        span._refuse_long()
        return span

    @property
    def starts(self) -> Iterator[datetime]:
        """When each interval begins."""
        return takewhile(lambda start: start < self.until, self._endless())

    def _endless(self) -> Iterator[datetime]:
        start = self.since
        while True:
            yield start
            start = self.interval.after(start)

    def _refuse_long(self) -> None:
        # Judged by their shortest length, so that nobody makes us count to 9998.
        shortest = {
            Interval.HOUR: timedelta(hours=1),
            Interval.DAY: timedelta(days=1),
            Interval.MONTH: timedelta(days=30),
        }[self.interval]
        if (self.until - self.since) / shortest > INTERVALS_MAX:
            detail = (
                f"That is more than {INTERVALS_MAX} intervals of one {self.interval}. Ask for a "
                "shorter range or a longer interval."
            )
            raise InvalidInput.at("/from", "range_too_long", detail)


def days_before(end: datetime, days: int) -> datetime:
    """The start of the first of so many days, the last of which is the one that `end` is in."""
    return Interval.DAY.start(end - _INSTANT) - timedelta(days=days - 1)
