"""The ledger of one key as it stands, locked: what is left, handed out, reserved, taken back.

The row of the limits is the lock of a key's entries.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum

from apikeys import metrics
from apikeys.domain.limits import (
    ATTRIBUTE_OF,
    Period,
    chunk,
    defaults_for,
    moment,
    period_of,
    start_of,
)
from apikeys.domain.metering import Grant
from apikeys.models import ClosingLot, LedgerEntry, Reservation, Stream, UsageLimits

Balances = Sequence[tuple[str, str, int]]
_COLUMNS = (
    *("period", "granted", "leased", "settled", "reserved", "void"),
    *("lot", "epoch", "leased_at"),
)


@dataclass(slots=True)
class Book:
    """The entries of one key, locked, as they stand; `write` stores what was changed."""

    limits: UsageLimits
    now_us: int
    defaults: Mapping[str, Any]
    entries: dict[str, LedgerEntry] = field(default_factory=dict)
    _read: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def key(self) -> int:
        return int(self.limits.pk)

    def __contains__(self, kind: str) -> bool:
        return self.ceiling(kind) is not None

    def ceiling(self, kind: str) -> int | None:
        """How many units there are in all; None where there is no such quota."""
        attribute = ATTRIBUTE_OF[kind]
        own: int | None = getattr(self.limits, attribute)
        if kind == "credits":
            return None if own is None else self.entry(kind).granted
        default: int | None = self.defaults.get(attribute) if kind != "uses" else None
        return default if own is None else own

    def left(self, kind: str) -> int:
        """Units that are neither handed out nor reserved."""
        entry = self.entry(kind)
        return max(0, (self.ceiling(kind) or 0) - entry.leased - entry.reserved)

    def entry(self, kind: str) -> LedgerEntry:
        return self.entries.get(kind) or self.new_entry(kind)

    def new_entry(self, kind: str) -> LedgerEntry:
        entry = LedgerEntry(key_id=self.limits.pk, kind=kind, lot=new_lot())
        entry.period = self.period(kind).label
        entry.granted = (self.limits.credits or 0) if kind == "credits" else 0
        self.entries[kind] = entry
        return entry

    def period(self, kind: str) -> Period:
        """The one it is now, or that of the entry if it is later: no clock brings a period back."""
        interval = self.limits.credits_refill_interval
        period, entry = period_of(kind, self.now_us, interval), self.entries.get(kind)
        if entry is None or entry.period <= period.label:
            return period
        return period_of(kind, max(self.now_us, start_of(entry.period)), interval)

    def is_beyond(self, epoch: str) -> bool:
        """Whether units were leased in a later epoch than this one."""
        others = any(it.epoch != epoch for it in self.entries.values())
        return others and Stream.objects.filter(epoch=epoch, ended_at__isnull=False).exists()

    def take_back(self, given: Balances) -> None:
        """Only units of the present lot come back; of an earlier one they are void."""
        for kind, lot, count in given:
            entry = self.entries.get(kind)
            if entry is not None and entry.lot == lot:
                entry.leased -= count
                metrics.units_returned(count)

    def roll_over(self) -> None:
        """Begin the period that it is now, for quotas that begin anew with it."""
        for kind, entry in self.entries.items():
            period = self.period(kind)
            if entry.period >= period.label:
                continue
            entry.period = period.label
            if kind in ("day", "month"):
                restart(entry)
            elif kind == "credits":
                self._refill(entry)

    def lost_by_refill(self) -> int:
        """Credits that the limiter may hold and that a refill would void which is due."""
        entry, amount = self.entries.get("credits"), self.limits.credits_refill_amount
        if entry is None or amount is None or entry.period >= self.period("credits").label:
            return 0
        return outstanding(entry)

    def grant(self, kind: str, needed: int, epoch: str) -> Grant:
        """At least `needed` units, or what is left: with what the limiter has it may do."""
        left, entry, period = self.left(kind), self.entry(kind), self.period(kind)
        if entry.epoch != epoch:
            self._close_lot(entry)
        count = chunk(left, needed)
        entry.leased += count
        if count:  # or who asks in vain would keep what is lost from coming back
            entry.epoch, entry.leased_at = epoch, moment(self.now_us)
        return Grant(
            kind,
            count,
            entry.lot,
            min(self.now_us, period.start_us),
            period.until_us,
            rest=left - count,
            asked_us=self.now_us,
            limit=self.ceiling(kind) or 0,
        )

    def free(self, held: Reservation, *, used: int = 0) -> int:
        """Hold it no longer; returns how many credits are back."""
        entry, unused = self.entry("credits"), max(0, held.credits - used)
        lost = min(unused, entry.void) if held.is_refilled else 0
        entry.reserved -= held.credits
        entry.granted -= lost
        entry.void -= lost
        return unused - lost

    def write(self) -> None:
        """Store the entries that are not as they were read."""
        for kind, entry in self.entries.items():
            if entry._state.adding:
                LedgerEntry.objects.bulk_create([entry])
            elif _values(entry) != self._read[kind]:
                changed = dict(zip(_COLUMNS, _values(entry), strict=True))
                LedgerEntry.objects.filter(pk=entry.pk).update(**changed)

    def _refill(self, entry: LedgerEntry) -> None:
        amount = self.limits.credits_refill_amount
        left = entry.granted - entry.leased - entry.reserved
        if amount is not None and left < amount:
            self._void_held(entry, amount - left)
            restart(entry, granted=amount + entry.reserved)

    def _void_held(self, entry: LedgerEntry, put_in: int) -> None:
        """A refill puts in so many credits, as far as they are held for those that are held."""
        held = Reservation.objects.filter(key_id=self.key)
        refilled = held.filter(is_refilled=True).aggregate(sum=Sum("credits", default=0))["sum"]
        entry.void = min(min(entry.void, refilled) + put_in, entry.reserved)
        held.update(is_refilled=True)

    def _close_lot(self, entry: LedgerEntry) -> None:
        """What the limiter held in an epoch that has ended is void; it may come back later."""
        units_out = outstanding(entry)
        if units_out > 0:
            close_lot(entry, units_out, mark="")


def lock_limits(key: int) -> UsageLimits:
    """From now on nobody else leases of the key, nor closes a lot of it."""
    rows = UsageLimits.objects.select_for_update(of=("self",)).select_related("key__tenant")
    locked: UsageLimits = rows.get(pk=key)
    return locked


def open_book(limits: UsageLimits, now_us: int) -> Book:
    """Read the ledger of a key whose limits are locked, and lock it against settling too.

    Last of all locks, behind that of a meter: who takes from a meter in the database settles next.
    """
    defaults = defaults_for(limits.key.key_type, limits.key.tenant.default_limits)
    book = Book(limits, now_us, defaults)
    for entry in LedgerEntry.objects.select_for_update().filter(key=limits.pk).order_by("kind"):
        book.entries[entry.kind] = entry
        book._read[entry.kind] = _values(entry)
    return book


def close_lot(entry: LedgerEntry, outstanding: int, *, mark: str) -> None:
    """Wind up the present lot of an entry, of which so many units are unaccounted for."""
    ClosingLot.objects.create(
        entry=entry, lot=entry.lot, epoch=entry.epoch, mark=mark, units=outstanding
    )
    entry.lot = new_lot()


def outstanding(entry: LedgerEntry) -> int:
    """Units of the present lot that were handed out and are not known to be spent."""
    return entry.leased - entry.settled - closing_units(entry)


def closing_units(entry: LedgerEntry) -> int:
    """Units of earlier lots that are not accounted for yet."""
    if entry._state.adding:
        return 0
    return sum(entry.closing.values_list("units", flat=True))


def new_lot() -> str:
    return secrets.token_hex(8)


def restart(entry: LedgerEntry, granted: int = 0) -> None:
    """Nothing is spent yet, and whatever was handed out before is of no use."""
    if not entry._state.adding:
        ClosingLot.objects.filter(entry=entry).delete()
    entry.granted, entry.leased, entry.settled, entry.lot = granted, 0, 0, new_lot()


def _values(entry: LedgerEntry) -> tuple[Any, ...]:
    return tuple(getattr(entry, name) for name in _COLUMNS)
