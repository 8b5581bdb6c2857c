"""Events leave the limiter: added to the roll-ups, and booked as spent in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import F

from apikeys.domain.usage import Event, Use
from apikeys.models import ClosingLot, LedgerEntry
from apikeys.operations import metering


def absorb(events: Sequence[Event]) -> None:
    """Count every one of them, in a transaction of the caller's."""
    metering.record(events)
    settle(events)


def settle(events: Sequence[Event]) -> None:
    """Book what the events took out of hard quotas as spent."""
    spent: Counter[tuple[int, str, str]] = Counter()
    for event in events:
        for use in event.uses:
            _count(spent, event.attempt.key, use)
    for (key, kind, lot), count in sorted(spent.items()):  # in one order, or two could deadlock
        _settle(key, kind, lot, count)


def _count(spent: Counter[tuple[int, str, str]], key: int | None, use: Use) -> None:
    if key is not None and use.units:
        spent[key, use.kind, use.lot] += use.units


def _settle(key: int, kind: str, lot: str, count: int) -> None:
    """Of the present lot, or of one that is wound up; units of any other are past and void."""
    present = LedgerEntry.objects.filter(key_id=key, kind=kind, lot=lot)
    if present.update(settled=F("settled") + count):
        return
    # Locked first, as it is by whoever winds lots up.
    entry = LedgerEntry.objects.select_for_update().filter(key_id=key, kind=kind).first()
    if entry is None:
        return
    if ClosingLot.objects.filter(entry=entry, lot=lot).update(units=F("units") - count):
        LedgerEntry.objects.filter(pk=entry.pk).update(settled=F("settled") + count)
