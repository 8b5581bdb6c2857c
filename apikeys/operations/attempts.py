"""Refused verifies, counted by where they came from: who tries keys, and who has a wrong one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from apikeys.models import RefusedAttempt, Tenant
from apikeys.operations.endpoints import OTHER
from apikeys.operations.upserts import add_up

SOURCES_MAX = 1000  # a tenant and hour

Refused = tuple[int, datetime, str, str]  # tenant, UTC hour, reason, source


def count_refused(attempts: Mapping[Refused, int]) -> None:
    """Add the attempts, in a transaction of the caller's. Tenants that are gone are skipped."""
    there = _tenants({tenant for tenant, *_ in attempts})
    standing = [it for it in attempts if it[0] in there]
    beyond = _beyond({(tenant, hour): None for tenant, hour, _, _ in standing}, standing)
    sums: dict[Refused, tuple[int]] = {}
    for it in standing:
        tenant, hour, reason, source = it
        place = (tenant, hour, reason, OTHER if (tenant, hour, source) in beyond else source)
        sums[place] = (sums.get(place, (0,))[0] + attempts[it],)
    add_up(RefusedAttempt, ("tenant", "hour", "reason", "source"), sums, ("attempts",))


def _tenants(pks: Collection[int]) -> set[int]:
    return set(Tenant.objects.filter(pk__in=pks).values_list("pk", flat=True))


def _beyond(
    hours: Collection[tuple[int, datetime]], attempts: Collection[Refused]
) -> set[tuple[int, datetime, str]]:
    """Those sources that are one too many for their tenant and hour, the first ones admitted."""
    met: dict[tuple[int, datetime], set[str]] = defaultdict(set)
    for tenant, hour in hours:
        rows = RefusedAttempt.objects.filter(tenant_id=tenant, hour=hour)
        met[tenant, hour].update(rows.values_list("source", flat=True).distinct())
        met[tenant, hour] -= {"", OTHER}
    beyond = set()
    for tenant, hour, _, source in attempts:
        sources = met[tenant, hour]
        if source in sources or source in ("", OTHER):
            continue
        if len(sources) < SOURCES_MAX:
            sources.add(source)
        else:
            beyond.add((tenant, hour, source))
    return beyond
