"""Credits held for a call whose price is known only afterwards: reserve, then settle or release.

Like verifies these are usage, not management: they leave no audit event. The row of a reservation
ends with it, so that whatever is done to it a second time finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apikeys.domain import asking
from apikeys.domain.actors import Actor
from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import KeyRevoked, NoCredits, NotFound
from apikeys.domain.ids import new_reservation_id
from apikeys.domain.limits import micros
from apikeys.models import ApiKey, Reservation, UsageBucket
from apikeys.operations.books import Book, lock_limits, open_book
from apikeys.operations.credits import change_credits, require_left, return_credits
from apikeys.operations.reaching import utc_now
from apikeys.operations.rollups import Place, Sums, hour_of, roll_up
from apikeys.operations.transactions import mutation

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Settled:
    """How a reservation ended, in credits: what it held, what was paid, what went back."""

    id: str
    reserved: int
    settled: int
    returned: int


def reserve_credits(
    actor: Actor, key_id: str, attributes: Mapping[str, object], *, now: datetime | None = None
) -> Reservation:
    """Hold `credits` of a key for some `seconds`, or until they are settled or released.

    Raises `NotFound`, `InvalidInput`, `KeyRevoked`, `NoCredits`, `CreditsExhausted`,
    `Undetermined`.
    """
    now = now or utc_now()
    key = ApiKey.objects.of_tenant(actor.tenant_id).existing().filter(public_id=key_id).first()
    if key is None:
        raise NotFound
    asked = clean_members(attributes, asking.RESERVATION, ("credits",))
    if key.revoked_at is not None:
        raise KeyRevoked
    ends_at = now + timedelta(seconds=asked.get("seconds", asking.RESERVATION_SECONDS))
    change = partial(_hold, count=asked["credits"], now=now, ends_at=ends_at)
    return change_credits(key, micros(now), change)


def settle_reservation(
    actor: Actor,
    reservation_id: str,
    attributes: Mapping[str, object],
    *,
    now: datetime | None = None,
) -> Settled:
    """Pay what the call cost; the rest goes back, and what is missing is taken from what is left.

    Raises `NotFound`, also for one that has expired; `InvalidInput`, `CreditsExhausted` (then
    nothing has changed), `Undetermined`.
    """
    now = now or utc_now()
    held = _running(actor, reservation_id, now)
    cost = clean_members(attributes, asking.SETTLEMENT, ("credits",))["credits"]
    change = partial(_pay, held=held, cost=cost, now=now)
    return return_credits(held.key, micros(now), change, held.credits)


def release_reservation(actor: Actor, reservation_id: str, *, now: datetime | None = None) -> None:
    """Give all of it back. Raises `NotFound`, also for one that has expired."""
    now = now or utc_now()
    held = _running(actor, reservation_id, now)
    return_credits(held.key, micros(now), partial(_pay, held=held, cost=0, now=now), held.credits)


def release_expired(now: datetime) -> int:
    """Give back what reservations hold that have expired; returns how many those were."""
    over = Reservation.objects.filter(expires_at__lte=now).order_by("expires_at")
    keys = sorted(set(over.values_list("key_id", flat=True)[:_BATCH]))
    return sum(_release_expired_of(key, now) for key in keys)


@mutation
def _release_expired_of(key: int, now: datetime) -> int:
    book = open_book(lock_limits(key), micros(now))
    count = _drop_expired(book, now)
    book.write()
    return count


def _running(actor: Actor, reservation_id: str, now: datetime) -> Reservation:
    reach: dict[str, Any] = {"key__tenant__public_id": actor.tenant_id} if actor.tenant_id else {}
    rows = Reservation.objects.select_related("key").filter(**reach)
    held = rows.filter(public_id=reservation_id, expires_at__gt=now).first()
    if held is None:
        raise NotFound
    return held


def _hold(book: Book, count: int, now: datetime, ends_at: datetime) -> Reservation:
    if "credits" not in book:
        raise NoCredits
    _drop_expired(book, now)
    require_left(book, count)
    book.entry("credits").reserved += count
    return Reservation.objects.create(
        public_id=new_reservation_id(),
        key_id=book.key,
        credits=count,
        created_at=now,
        expires_at=ends_at,
    )


def _pay(book: Book, held: Reservation, cost: int, now: datetime) -> Settled:
    """Under the lock of the ledger: of two who come at once, one finds it gone."""
    if cost > held.credits:
        require_left(book, cost - held.credits)
    # Read here, not before: the books may just have been refilled.
    current = Reservation.objects.filter(pk=held.pk, expires_at__gt=now).first()
    if current is None:
        raise NotFound
    current.delete()
    returned, entry = book.free(current, used=cost), book.entry("credits")
    entry.leased += cost
    entry.settled += cost
    if cost:
        place = Place(book.key, hour_of(now), "", UsageBucket.SETTLED)
        roll_up({place: Sums(cost=cost)})
    return Settled(held.public_id, held.credits, cost, returned)


def _drop_expired(book: Book, now: datetime) -> int:
    over = list(Reservation.objects.filter(key_id=book.key, expires_at__lte=now))
    for held in over:
        book.free(held)
    Reservation.objects.filter(pk__in=[held.pk for held in over]).delete()
    return len(over)
