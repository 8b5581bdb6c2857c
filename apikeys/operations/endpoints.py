"""How many endpoints of a key are told apart: 200 a UTC day, 200 in all; the rest is `other`.

Whoever calls decides what an endpoint is called, so a path with an id in it must not fill tables.
The bound is soft by what parallel writers admit at the same instant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q

from apikeys.models import EndpointTotals, UsageBucket
from apikeys.operations.upserts import known

ENDPOINTS_MAX = 200
OTHER = "other"
_NO_NAMES = ("", OTHER)

Moment = tuple[int, datetime, str]  # key, UTC hour, endpoint
Name = tuple[int, str]  # key, endpoint


def beyond_the_day(moments: Iterable[Moment]) -> set[Moment]:
    """Those whose endpoint is one too many for its key and UTC day, the first ones admitted."""
    strange = _unmet([moment for moment in moments if moment[2] not in _NO_NAMES])
    beyond: set[Moment] = set()
    by_day: dict[datetime, list[Moment]] = defaultdict(list)
    for moment in strange:
        by_day[moment[1].replace(hour=0)].append(moment)
    for day, todays in by_day.items():
        met = _met_on(day, {key for key, _, _ in todays})
        beyond.update(it for it in todays if not _admit(met[it[0]], it[2]))
    return beyond


def beyond_all(names: Iterable[Name]) -> set[Name]:
    """Those endpoints that are one too many for the totals of their key."""
    named = [name for name in names if name[1] not in _NO_NAMES]
    there = known(EndpointTotals, ("key", "endpoint"), set(named))
    strange = [name for name in dict.fromkeys(named) if name not in there]
    room = _room({key for key, _ in strange})
    beyond: set[Name] = set()
    for name in strange:
        if room[name[0]] > 0:
            room[name[0]] -= 1
        else:
            beyond.add(name)
    return beyond


def _unmet(moments: Collection[Moment]) -> list[Moment]:
    """Those that no row of the same hour has: nearly none, once an hour has begun."""
    by_hour: dict[datetime, set[Name]] = defaultdict(set)
    for key, hour, endpoint in moments:
        by_hour[hour].add((key, endpoint))
    met = {
        (key, hour, endpoint)
        for hour, names in by_hour.items()
        for key, endpoint in known(UsageBucket, ("key", "endpoint"), names, {"hour": hour})
    }
    return [moment for moment in moments if moment not in met]


def _met_on(day: datetime, keys: Collection[int]) -> dict[int, set[str]]:
    rows = UsageBucket.objects.filter(
        key_id__in=keys, hour__gte=day, hour__lt=day + timedelta(days=1)
    ).exclude(endpoint__in=_NO_NAMES)
    met: dict[int, set[str]] = defaultdict(set)
    for key, endpoint in rows.values_list("key_id", "endpoint").distinct():
        met[key].add(endpoint)
    return met


def _admit(met: set[str], endpoint: str) -> bool:
    if endpoint not in met and len(met) >= ENDPOINTS_MAX:
        return False
    met.add(endpoint)
    return True


def _room(keys: Collection[int]) -> dict[int, int]:
    """How many more endpoints the totals of each key take."""
    named = Count("id", filter=~Q(endpoint__in=_NO_NAMES))
    rows = EndpointTotals.objects.filter(key_id__in=keys).values("key_id").annotate(named=named)
    taken = {row["key_id"]: row["named"] for row in rows}
    return {key: ENDPOINTS_MAX - taken.get(key, 0) for key in keys}
