"""What verifies leave behind: counts of a key, of its endpoints, and of what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apikeys.domain.usage import ENDPOINT_LENGTH_MAX, SOURCE_LENGTH_MAX, Event
from apikeys.domain.verdict import Outcome
from apikeys.operations.attempts import Refused, count_refused
from apikeys.operations.rollups import (
    Place,
    Sums,
    hour_of,
    roll_up,
    standing_keys,
)


def standing(events: Sequence[Event]) -> set[int]:
    """Those keys of the events that are there, and stay there until the transaction ends."""
    return standing_keys({event.attempt.key for event in events if event.attempt.key is not None})


def record(events: Sequence[Event], standing: set[int]) -> None:
    """Add the verifies of standing keys to every roll-up, in a transaction of the caller's.

    Tenants that were purged meanwhile are skipped. To call it once in a transaction keeps the order
    of locks; twice, and parallel callers may have to begin again (`mutation` does).
    """
    roll_up(_sums(events, standing), _last_used(events, standing))
    count_refused(_refused(events))


def _sums(events: Sequence[Event], standing: set[int]) -> dict[Place, Sums]:
    sums: dict[Place, Sums] = {}
    for event in events:
        attempt = event.attempt
        if attempt.key is None or attempt.key not in standing:
            continue
        endpoint = attempt.endpoint[:ENDPOINT_LENGTH_MAX]
        place = Place(attempt.key, hour_of(event.at), endpoint, str(event.outcome))
        cost = attempt.cost if event.outcome == Outcome.VALID else 0
        requests, spent, *_ = sums.get(place, Sums())
        sums[place] = Sums(requests + 1, spent + cost)
    return sums


def _last_used(events: Sequence[Event], standing: set[int]) -> dict[int, datetime]:
    """To the minute: the row is written once a minute at most, and says enough."""
    latest: dict[int, datetime] = {}
    for event in events:
        key = event.attempt.key
        if event.outcome == Outcome.VALID and key is not None and key in standing:
            minute = event.at.replace(second=0, microsecond=0)
            latest[key] = max(minute, latest.get(key, minute))
    return latest


def _refused(events: Sequence[Event]) -> dict[Refused, int]:
    counts: dict[Refused, int] = {}
    for event in events:
        if event.outcome != Outcome.VALID:
            source = event.attempt.source[:SOURCE_LENGTH_MAX]
            place = (event.attempt.tenant, hour_of(event.at), str(event.outcome), source)
            counts[place] = counts.get(place, 0) + 1
    return counts
