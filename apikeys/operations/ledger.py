"""The ledger of hard quotas: what it hands to the limiter counts as gone, whatever becomes of it.

So a quota is never exceeded, even if the limiter forgets everything; what was handed out and not
spent comes back when it is reconciled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apikeys import metrics
from apikeys.domain.limits import units
from apikeys.domain.metering import Grant
from apikeys.domain.verdict import Outcome
from apikeys.limiters.base import Request, Taken
from apikeys.models import LedgerEntry, Reservation
from apikeys.operations.books import Balances, lock_limits, open_book, restart
from apikeys.operations.limiting import limiter
from apikeys.operations.reconciling import wind_up
from apikeys.operations.transactions import apart, mutation


def replenish(request: Request, taken: Taken) -> bool:
    """Lease what a request wants, and hand it to the limiter. Nothing may be left; it tells so.

    False: the request knows too little, of limits that have changed or an epoch that has ended.
    """
    subject, key = request.subject, request.attempt.key
    assert key is not None  # noqa: S101  (nobody leases for a secret that no key has)
    wanted = {kind: units(kind, request.ask.cost) for kind in taken.wanting}
    emptied = subject.id if taken.leftover else ""
    # A meter in the database is undone together with the caller's transaction; any other is not.
    lasting: Callable[[Any], Any] = apart if limiter().has_streams else lambda verb: verb
    grants: list[Grant] = []
    try:
        grants = lasting(lease)(key, wanted, taken.now_us, subject.epoch, emptied)
    finally:  # also without any: others wait for us
        arrived = limiter().grant(subject, grants)
    if grants and not arrived:
        vain = [(it.kind, it.lot, it.units) for it in grants]
        lasting(give_back)(key, vain, taken.now_us)
        lots = [it.lot for it in grants]
        if limiter().has_closed(subject.id, lots):
            lasting(wind_up)(key, lots, taken.now_us)
    return bool(grants)


@mutation
def lease(
    key: int, wanted: dict[str, int], now_us: int, epoch: str, emptied: str = ""
) -> list[Grant]:
    """Units of the wanted quotas: at least so many of each, or all there are.

    `emptied` is the id of a subject whose old balances are taken back before.
    """
    limits = lock_limits(key)
    # Under the lock: units that are in nobody's books would be missed by a refill.
    given = limiter().empty(emptied).balances if emptied else ()
    book = open_book(limits, now_us)
    book.take_back(given)
    grants = []
    if not book.is_beyond(epoch):
        book.roll_over()
        grants = [
            book.grant(kind, needed, epoch) for kind, needed in wanted.items() if kind in book
        ]
    book.write()
    metrics.leased(sum(grant.units for grant in grants))
    return grants


@mutation
def give_back(key: int, given: Balances, now_us: int) -> None:
    """Units that were handed out in vain."""
    book = open_book(lock_limits(key), now_us)
    book.take_back(given)
    book.write()


@mutation
def spend(key: int, kinds: Iterable[str], cost: int, now_us: int) -> Outcome | None:
    """Take what one request costs straight from the ledger, all or nothing; the refusal if any."""
    book = open_book(lock_limits(key), now_us)
    book.roll_over()
    wanted = {kind: units(kind, cost) for kind in kinds if kind in book}
    for kind, needed in wanted.items():
        if book.left(kind) < needed:
            book.write()  # a period may have begun
            return Outcome.CREDITS_EXHAUSTED if kind == "credits" else Outcome.QUOTA_EXCEEDED
    for kind, needed in wanted.items():
        book.entries[kind].leased += needed
        book.entries[kind].settled += needed
    book.write()
    return None


def set_credits(key: int, amount: int | None, now_us: int) -> None:
    """From now on so many credits are left, whatever was handed out before."""
    book = open_book(lock_limits(key), now_us)
    if amount is None:
        Reservation.objects.filter(key_id=key).delete()  # nothing is counted that they could hold
        LedgerEntry.objects.filter(key_id=key, kind="credits").delete()
        return
    entry = book.entries.get("credits") or book.new_entry("credits")
    restart(entry, granted=amount + entry.reserved)
    entry.period = book.period("credits").label
    book.write()
