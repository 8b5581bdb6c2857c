"""Reconciling the ledger: what was handed to the limiter and not spent comes back.

In two steps. First the lot is closed: its balance is taken out of the limiter, and no grant of it
is taken any more. Later, when every event of the lot is rolled up, what is left of it was lost on
the way, between two processes or with the limiter's memory, and is given back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import F, Q

from apikeys import metrics
from apikeys.domain.limits import micros
from apikeys.limiters.base import EpochLost, LimiterDown, shard_of
from apikeys.limiters.database import EPOCH
from apikeys.models import ClosingLot, LedgerEntry, Stream, UsageLimits
from apikeys.operations import epochs
from apikeys.operations.books import close_lot, closing_units, lock_limits, open_book
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation

# For so long a quota is left alone after the last lease. In the limiter its units are at hand for
# every verify; who has to lease anew waits for the database.
IDLE = timedelta(minutes=10)
_BATCH = 500


def reconcile(now: datetime | None = None, *, idle: timedelta = IDLE) -> int:
    """Close the lots of idle keys, and give back what closed ones lost; returns those units."""
    close_idle(now or utc_now(), idle=idle)
    return give_back()


def close_idle(now: datetime, *, idle: timedelta = IDLE, most: int | None = _BATCH) -> None:
    """Close so many lots of idle keys, or with null all of them."""
    for key in _idle_keys(now - idle, most):
        _close(key, now)


def give_back(*, most: int | None = _BATCH) -> int:
    """Return what so many closed lots lost, as far as that is known; returns the units."""
    closing = ClosingLot.objects.order_by("pk").values_list("pk", flat=True)[:most]
    return sum(_give_back(pk) for pk in closing)


def _idle_keys(since: datetime, most: int | None) -> list[int]:
    rows = LedgerEntry.objects.filter(Q(leased_at=None) | Q(leased_at__lte=since))
    rows = rows.filter(leased__gt=F("settled"))
    return sorted(set(rows.values_list("key_id", flat=True)[:most]))


def _close(key: int, now: datetime) -> None:
    """Or not: the next round finds it again, unless it was purged."""
    with suppress(EpochLost, LimiterDown, UsageLimits.DoesNotExist):
        try:
            _close_lots(key, now)
        except EpochLost as lost:  # a command, which ends after one round, believes in none yet
            epochs.establish(lost.shard)
            _close_lots(key, now)


@mutation
def _close_lots(key: int, now: datetime) -> None:
    limits = lock_limits(key)
    current = limiter().epoch(shard_of(limits.key.public_id, limiter().shards))
    entries = LedgerEntry.objects.filter(key=key, leased__gt=F("settled"))
    open_lots = {
        it.kind: it.lot
        for it in entries
        if it.leased - it.settled - closing_units(it) > 0 and _may_close(it, current)
    }
    if open_lots:
        _wind_up(limits, open_lots, micros(now))


@mutation
def wind_up(key: int, lots: Collection[str], now_us: int) -> None:
    """Close those of the lots that the limiter has closed, and the ledger not.

    Whoever began that was cut off in between; until it is done the key has no units to lease.
    """
    limits = lock_limits(key)
    entries = LedgerEntry.objects.filter(key=key, lot__in=lots)
    if still_open := {it.kind: it.lot for it in entries}:
        _wind_up(limits, still_open, now_us)


def _wind_up(limits: UsageLimits, open_lots: Mapping[str, str], now_us: int) -> None:
    public_id = limits.key.public_id
    current = limiter().epoch(shard_of(public_id, limiter().shards))
    emptied = limiter().empty(public_id, list(open_lots.values()))
    book = open_book(limits, now_us)
    book.take_back(emptied.balances)
    for entry in (book.entries[kind] for kind in open_lots):
        outstanding = entry.leased - entry.settled - closing_units(entry)
        mark = emptied.mark if entry.epoch == current else ""
        close_lot(entry, max(0, outstanding), mark=mark)
    book.write()


def _may_close(entry: LedgerEntry, current: str) -> bool:
    """Not a lot that is alive in the memory of another process."""
    known = (current, "", EPOCH)
    return (
        entry.epoch in known or not Stream.objects.filter(epoch=entry.epoch, ended_at=None).exists()
    )


@mutation
def _give_back(pk: int) -> int:
    lot = ClosingLot.objects.select_related("entry__key").filter(pk=pk).first()
    if lot is None or not _is_accounted_for(lot):
        return 0
    entry = LedgerEntry.objects.select_for_update().filter(pk=lot.entry_id).first()
    lot = ClosingLot.objects.filter(pk=pk).first()
    if entry is None or lot is None:
        return 0
    units = max(0, lot.units)
    # What was lost with its stream may have been spent, so it was: left open, it would come back
    # when the next lot is closed.
    spent = 0 if _is_known(lot) else units
    LedgerEntry.objects.filter(pk=entry.pk).update(
        leased=F("leased") - (units - spent), settled=F("settled") + spent
    )
    ClosingLot.objects.filter(pk=pk).delete()
    metrics.units_returned(units - spent)
    metrics.units_lost(spent)
    return units - spent


def _is_accounted_for(lot: ClosingLot) -> bool:
    """Whether every event of the lot is rolled up, or is known to be lost for ever."""
    stream = _stream_of(lot)
    if stream is None or stream.drained_at is not None:
        return True
    if not lot.mark or stream.ended_at is not None or not limiter().reads(lot.epoch):
        return False  # it has to be drained, by this process or another
    return not limiter().is_behind(stream.position, lot.mark)


def _is_known(lot: ClosingLot) -> bool:
    """Whether what became of the lot's units is known, and not lost with a stream."""
    stream = _stream_of(lot)
    # The database has no streams: there events are counted with the step that they tell of.
    return not stream.lossy if stream else lot.epoch in ("", EPOCH)


def _stream_of(lot: ClosingLot) -> Stream | None:
    return Stream.objects.filter(epoch=lot.epoch).first()
