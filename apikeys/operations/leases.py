"""Leases of concurrent slots, given back by whoever is done before their time.

That is usage, not management: it leaves no audit event.
"""

from __future__ import annotations

import re

from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound, Undetermined
from apikeys.limiters.base import LimiterDown
from apikeys.models import ApiKey
from apikeys.operations.limiting import limiter

_LEASE = re.compile(r"lease_([0-9a-f]{32})[0-9a-f]{24}")  # as `cases.new_lease_id` makes them


def release_lease(actor: Actor, lease_id: str) -> None:
    """Free the slot at once.

    Raises `NotFound` for a lease that has ended too, and `Undetermined` while the limiter is down.
    """
    found = _LEASE.fullmatch(lease_id)
    key_id = f"key_{found[1]}" if found else ""
    if not ApiKey.objects.of_tenant(actor.tenant_id).filter(public_id=key_id).exists():
        raise NotFound
    if not _release(key_id, lease_id):
        raise NotFound


def _release(key_id: str, lease_id: str) -> bool:
    try:
        return limiter().release(key_id, lease_id)
    except LimiterDown:
        raise Undetermined from None
