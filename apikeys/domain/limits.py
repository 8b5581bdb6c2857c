"""How much a key may be used: what its attributes amount to, and the calendar of its quotas.

Buckets (per second, per minute) hold `limit` requests and refill evenly, so that no sliding window
sees more than 2·limit - 1. Quotas (day, month, uses, credits) are hard: what they have given out is
kept in the ledger. Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SECOND_US = 1_000_000
NEVER_US = 2**52  # in the year 2112
# Bucket levels stay exact in a double, which is what numbers are in Redis' scripts: up to 2^53.
_EXACT = 2**52
LEASE_UNITS_MAX = 500

QUOTAS = ("day", "month", "uses", "credits")
# The attribute that sets each limit, by the name under which answers tell of it.
ATTRIBUTE_OF = {
    "second": "requests_per_second",
    "minute": "requests_per_minute",
    "day": "requests_per_day",
    "month": "monthly_request_quota",
    "uses": "max_uses",
    "credits": "credits",
    "concurrent": "concurrent_requests",
}
# What a tenant may set for those of its keys that say nothing themselves.
DEFAULTED = ("second", "minute", "day", "month", "concurrent")
WINDOW_SECONDS = {"second": 1, "minute": 60}


@dataclass(frozen=True, slots=True)
class Bucket:
    """`limit` requests at once, refilled evenly within `window_us`."""

    name: str
    limit: int
    window_us: int

    @property
    def tick_us(self) -> int:
        """The step of its clock: coarser only where limit and window are both huge."""
        return min(self.window_us, max(1, -(-self.limit * self.window_us // _EXACT)))

    @property
    def window(self) -> int:
        """The window in ticks; also what one request takes out of the bucket."""
        return self.window_us // self.tick_us


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a key. `quotas` are those kept in the ledger; None is no limit."""

    buckets: tuple[Bucket, ...] = ()
    quotas: tuple[str, ...] = ()
    concurrent: int | None = None

    def __bool__(self) -> bool:
        return bool(self.buckets or self.quotas or self.concurrent is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which answers tell of them."""
        concurrent = () if self.concurrent is None else ("concurrent",)
        return (*(bucket.name for bucket in self.buckets), *self.quotas, *concurrent)


NO_LIMITS = Limits()


def limits_of(own: Mapping[str, Any], defaults: Mapping[str, Any]) -> Limits:
    """What these attributes amount to; the tenant's `defaults` stand in for those that are None."""
    effective: dict[str, Any] = {name: own.get(it) for name, it in ATTRIBUTE_OF.items()}
    for name in DEFAULTED:
        if effective[name] is None:
            effective[name] = defaults.get(ATTRIBUTE_OF[name])
    return Limits(
        buckets=tuple(
            Bucket(name, effective[name], seconds * SECOND_US)
            for name, seconds in WINDOW_SECONDS.items()
            if effective[name] is not None
        ),
        quotas=tuple(name for name in QUOTAS if effective[name] is not None),
        concurrent=effective["concurrent"],
    )


def defaults_for(key_type: str, defaults: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What a tenant's default limits are for a key of this type: nothing for management keys.

    Those ask on behalf of all others, and whoever limits customers must not lock themselves out.
    """
    return {} if key_type == "management" else defaults or {}


def units(kind: str, cost: int) -> int:
    """What one request takes out of a quota: uses are counted, all else is paid."""
    return 1 if kind == "uses" else cost


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of the UTC calendar: from `start_us` until before `until_us`."""

    label: str
    start_us: int
    until_us: int


ALWAYS = Period("", 0, NEVER_US)


def period_of(kind: str, now_us: int, refill: str | None = None) -> Period:
    """The period that a quota is in; `refill` is the interval at which credits come back."""
    match kind, refill:
        case ("day", _) | ("credits", "daily"):
            return _days(_midnight(now_us), 1)
        case "month", _:
            return _month(_midnight(now_us))
        case "credits", "monthly":
            return _month(_midnight(now_us))
        case "credits", "weekly":
            day = _midnight(now_us)
            return _days(day - timedelta(days=day.weekday()), 7)
        case _:
            return ALWAYS


def start_of(label: str) -> int:
    """When the period of a label begins, a day or a month."""
    return micros(datetime.strptime(f"{label}-01"[:10], "%Y-%m-%d").replace(tzinfo=UTC))


def chunk(left: int, needed: int) -> int:
    """How many units to lease: enough, some ahead, and few when few are left."""
    return min(left, max(needed, min(left // 16, LEASE_UNITS_MAX)))


def micros(moment: datetime) -> int:
    """A time as microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _midnight(now_us: int) -> datetime:
    return moment(now_us).replace(hour=0, minute=0, second=0, microsecond=0)


def _days(start: datetime, count: int) -> Period:
    return Period(
        start.date().isoformat(), micros(start), micros(start) + count * 86_400 * SECOND_US
    )


def _month(day: datetime) -> Period:
    start = day.replace(day=1)
    following = (start + timedelta(days=32)).replace(day=1)
    return Period(start.strftime("%Y-%m"), micros(start), micros(following))
