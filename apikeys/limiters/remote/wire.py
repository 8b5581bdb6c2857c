"""What goes to the scripts, and what comes back from them and from streams."""

from __future__ import annotations

import json
from typing import Any

from apikeys.domain.limits import Limits, moment
from apikeys.domain.metering import Level
from apikeys.domain.usage import Attempt, Event, Use
from apikeys.limiters.base import Entry


def limits_as_json(limits: Limits) -> str:
    """What the script has to know of a key's limits; nothing where there are none."""
    if not limits:
        return ""
    fields = [f"{bucket.name}.{part}" for bucket in limits.buckets for part in "ut"]
    fields += [f"{kind}.{part}" for kind in limits.quotas for part in "nlfxrak"]
    longest = max((bucket.window_us for bucket in limits.buckets), default=0)
    told: dict[str, Any] = {
        "fields": [*(["v", "w"] if limits.quotas else []), *fields],
        "buckets": [[it.name, it.limit, it.window, it.tick_us] for it in limits.buckets],
        "quotas": limits.quotas,
        "idle": 2 * longest // 1000,
    }
    if limits.concurrent is not None:
        told["concurrent"] = limits.concurrent
    return json.dumps(told)


def levels_of(numbers: list[int]) -> tuple[Level | None, ...]:
    """How much each limit has left."""
    triples = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    return tuple(None if limit < 0 else Level(limit, left, reset) for limit, left, reset in triples)


def entry_of(position: bytes, fields: list[bytes]) -> Entry:
    values = dict(zip(fields[::2], fields[1::2], strict=True))
    at = moment(int(position.partition(b"-")[0]) * 1000)
    uses = tuple(_use(text) for text in values[b"l"].decode().split(",") if text)
    attempt = Attempt.decoded(values[b"e"].decode())
    return Entry(position.decode(), Event(attempt, values[b"o"].decode(), at, uses))


def _use(text: str) -> Use:
    kind, lot, units = text.split(":")
    return Use(kind, lot, int(units))


def rank(position: str) -> tuple[str, int, str]:
    """Like `order`, in less time: milliseconds have 13 digits, and what follows has any number."""
    return position[:13], len(position), position


def order(position: str) -> tuple[int, int]:
    milliseconds, _, number = (position or "0-0").partition("-")
    return int(milliseconds), int(number or 0)
