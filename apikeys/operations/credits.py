"""Changing the credits of a key, with what lies in the limiter where too few are in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from apikeys.domain.errors import CreditsExhausted, Undetermined
from apikeys.limiters.base import EpochLost, LimiterDown, shard_of
from apikeys.models import ApiKey, LedgerEntry
from apikeys.operations import epochs
from apikeys.operations.books import Book, lock_limits, open_book, outstanding
from apikeys.operations.limiting import limiter
from apikeys.operations.transactions import mutation

R = TypeVar("R")
Change = Callable[[Book], R]


class TooFew(Exception):
    """A change needs more credits than are left. `elsewhere`: so many the limiter may hold."""

    def __init__(self, elsewhere: int) -> None:
        super().__init__("too few credits")
        self.elsewhere = elsewhere


def require_left(book: Book, wanted: int) -> None:
    """Raise `TooFew` unless so many credits are left."""
    missing = wanted - book.left("credits")
    if missing > 0:
        elsewhere = outstanding(book.entry("credits"))
        raise TooFew(elsewhere if elsewhere >= missing else 0)


def change_credits(key: ApiKey, now_us: int, change: Change[R]) -> R:
    """What `change` makes of the ledger, all or nothing.

    It may raise `TooFew` before it has changed anything. Raises `CreditsExhausted`, and
    `Undetermined` when the credits that are missing lie in a limiter that does not answer.
    """
    try:
        return _in_ledger(key.pk, now_us, change)
    except TooFew as few:
        if not few.elsewhere:
            raise CreditsExhausted from None
    try:
        return _require(_with_known_epoch(key, lambda: _in_both(key, now_us, change)))
    except (EpochLost, LimiterDown):
        return _without_limiter(key.pk, now_us, change)


def return_credits(key: ApiKey, now_us: int, change: Change[R], count: int) -> R:
    """The same for a change by which so many come back, of which verifies learn at once.

    For a second the limiter believes that nothing is left; where that may be, it is emptied, so
    that it asks again.
    """
    if _left_about(key) >= count:
        return change_credits(key, now_us, change)
    try:
        return _require(_in_both(key, now_us, change))
    except (EpochLost, LimiterDown):
        return change_credits(key, now_us, change)


def _require(done: R | None) -> R:
    if done is None:
        raise CreditsExhausted
    return done


def _left_about(key: ApiKey) -> int:
    """Not locked, so that others may change it meanwhile: a hint."""
    entry = LedgerEntry.objects.filter(key=key, kind="credits").first()
    return entry.granted - entry.leased - entry.reserved if entry else 0


def _without_limiter(pk: int, now_us: int, change: Change[R]) -> R:
    try:
        return _in_ledger(pk, now_us, change, alone=True)
    except TooFew:
        raise Undetermined from None


@mutation
def _in_ledger(pk: int, now_us: int, change: Change[R], *, alone: bool = False) -> R:
    """Unless it is `alone`, what the limiter holds is left to `_in_both` before a refill."""
    book = open_book(lock_limits(pk), now_us)
    if not alone and (elsewhere := book.lost_by_refill()):
        raise TooFew(elsewhere)
    book.roll_over()
    done = change(book)
    book.write()
    return done


@mutation
def _in_both(key: ApiKey, now_us: int, change: Change[R]) -> R | None:
    """None, and what the limiter held is back all the same, where that is too few too."""
    limits = lock_limits(key.pk)  # from now on nobody can be handed units
    given = limiter().empty(key.public_id).balances
    book = open_book(limits, now_us)
    book.take_back(given)
    book.roll_over()
    try:
        done = change(book)
    except TooFew:
        done = None
    book.write()
    return done


def _with_known_epoch(key: ApiKey, work: Callable[[], R]) -> R:
    shard = shard_of(key.public_id, limiter().shards)
    try:
        limiter().epoch(shard)
    except EpochLost:
        epochs.establish(shard)
    return work()
