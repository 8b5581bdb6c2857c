"""What callers report: how requests went that a key was verified for. One `Report` for each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apikeys.domain.asking import MEMBERS as ASKED
from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import InvalidInput
from apikeys.domain.kinds import BadValue, Count, Instant, Kind, Text

EVENTS_MAX = 1000
AGE_MAX = timedelta(days=7)
AHEAD_MAX = timedelta(minutes=1)  # clocks differ
LATENCY_MS_MAX = 86_400_000  # a day
FAILED = 400  # the first status that counts as an error

# RFC 9110, section 9.1: a method is a token.
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """A length of time in milliseconds; fractions are rounded, half a millisecond to even."""

    label: str = "milliseconds"

    def clean(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue("not_number", "Give a number of milliseconds.")
        if not math.isfinite(value) or not 0 <= value <= LATENCY_MS_MAX:
            raise BadValue("out_of_range", f"Give 0 to {LATENCY_MS_MAX} milliseconds.")
        return round(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": LATENCY_MS_MAX}


def _method(text: str) -> str:
    if not _METHOD.fullmatch(text):
        raise ValueError("A method has letters and hyphens, like GET.")
    return text


MEMBERS: Mapping[str, Kind] = {
    "event_id": Text(64, min_length=1),
    "key_id": Text(40, min_length=1),
    "endpoint": ASKED["endpoint"],
    "method": Text(16, min_length=1, check=_method),
    "status": Count(100, 599),
    "latency_ms": Milliseconds(),
    "at": Instant(),
}
REQUIRED = ("event_id", "key_id", "status", "latency_ms")


@dataclass(frozen=True, slots=True)
class Report:
    """How one request went. `event_id` names it for whoever reports; `latency_ms` is its length."""

    event_id: str
    key_id: str
    status: int
    latency_ms: int
    at: datetime
    endpoint: str = ""
    method: str = ""

    @property
    def failed(self) -> bool:
        return self.status >= FAILED


def clean_report(given: object, now: datetime) -> Report:
    """One event of a body. Without `at` it happened now. Raises `InvalidInput`."""
    if not isinstance(given, Mapping):
        raise InvalidInput.at("", "not_object", f"Give an object with {', '.join(MEMBERS)}.")
    members = clean_members(given, MEMBERS, REQUIRED)
    at = members.pop("at", now)
    if at < now - AGE_MAX:
        raise InvalidInput.at("/at", "too_old", f"Give a time at most {AGE_MAX.days} days back.")
    if at > now + AHEAD_MAX:
        raise InvalidInput.at("/at", "in_future", "Give a time that has passed.")
    return Report(at=at, **members)
