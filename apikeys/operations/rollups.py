"""The roll-ups of usage: what happened in an hour, added to every table that tells of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from apikeys.domain.verdict import Outcome
from apikeys.models import ApiKey, EndpointTotals, UsageBucket, UsageTotals
from apikeys.operations.endpoints import OTHER, beyond_all, beyond_the_day
from apikeys.operations.upserts import add_up


class Place(NamedTuple):
    """Whose use of what it was, when, and how it went: the identity of a `UsageBucket`."""

    key: int
    hour: datetime
    endpoint: str
    verdict: str


class Sums(NamedTuple):
    """What is added there. `errors` and `latency_ms` only under the verdict `reported`."""

    requests: int = 0
    cost: int = 0
    errors: int = 0
    latency_ms: int = 0

    def plus(self, other: Sums) -> Sums:
        return Sums(*(mine + its for mine, its in zip(self, other, strict=True)))


def hour_of(moment: datetime) -> datetime:
    """The UTC hour in which a moment in UTC lies."""
    return moment.replace(minute=0, second=0, microsecond=0)


def standing_keys(keys: Collection[int]) -> set[int]:
    """Those keys that are there, and stay there until the transaction ends.

    Only keys that were deleted can be purged, so only those are locked.
    """
    there = set(ApiKey.objects.existing().filter(pk__in=keys).values_list("pk", flat=True))
    missing = set(keys) - there
    if missing:
        deleted = ApiKey.objects.filter(pk__in=missing).order_by("pk")
        there.update(deleted.select_for_update(no_key=True).values_list("pk", flat=True))
    return there


def roll_up(sums: Mapping[Place, Sums], last_used: Mapping[int, datetime] | None = None) -> None:
    """Add to totals, buckets and endpoints, in a transaction of the caller's.

    All keys must stand. `last_used` is when each key was used with success, to the minute. The
    totals come first: whoever meets another writer of the same key waits there, and so sees below
    which endpoints that one has added.
    """
    _add_totals(sums, last_used or {})
    folded = _folded(sums)
    columns = ("requests", "cost", "errors", "latency_ms_sum")
    add_up(UsageBucket, ("key", "hour", "endpoint", "verdict"), folded, columns)
    _add_endpoints(folded)


def _add_totals(sums: Mapping[Place, Sums], last_used: Mapping[int, datetime]) -> None:
    totals: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for place, it in sums.items():
        if place.verdict == Outcome.VALID:
            totals[place.key][0] += it.requests
        elif place.verdict == UsageBucket.REPORTED:
            more = (0, it.errors, it.requests - it.errors, it.latency_ms)
            totals[place.key] = [
                one + two for one, two in zip(totals[place.key], more, strict=True)
            ]
    rows = {(key,): (*four, last_used.get(key)) for key, four in totals.items()}
    counts = ("total_requests", "total_errors", "successful_requests_count", "latency_ms_sum")
    add_up(UsageTotals, ("key",), rows, counts, latest=("last_used_at",))


def _folded(sums: Mapping[Place, Sums]) -> dict[Place, Sums]:
    """The same, with the endpoints that are too many put together."""
    beyond = beyond_the_day(dict.fromkeys(place[:3] for place in sums))
    folded: dict[Place, Sums] = {}
    for place, it in sums.items():
        there = place._replace(endpoint=OTHER) if place[:3] in beyond else place
        folded[there] = folded[there].plus(it) if there in folded else it
    return folded


def _add_endpoints(sums: Mapping[Place, Sums]) -> None:
    told = {
        place: it
        for place, it in sums.items()
        if place.verdict in (Outcome.VALID, UsageBucket.REPORTED)
    }
    beyond = beyond_all(dict.fromkeys((place.key, place.endpoint) for place in told))
    totals: dict[tuple[int, str], tuple[int, int, int]] = {}
    for place, it in told.items():
        name = (place.key, place.endpoint)
        name = (place.key, OTHER) if name in beyond else name
        requests, reported, errors = totals.get(name, (0, 0, 0))
        if place.verdict == Outcome.VALID:
            totals[name] = (requests + it.requests, reported, errors)
        else:
            totals[name] = (requests, reported + it.requests, errors + it.errors)
    add_up(EndpointTotals, ("key", "endpoint"), totals, ("requests", "reported", "errors"))
