"""Events leave the limiter: added to the roll-ups, and booked as spent in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import F

from apikeys.domain.usage import Event
from apikeys.models import ClosingLot, LedgerEntry
from apikeys.operations import metering
from apikeys.operations.upserts import add_to


def absorb(events: Sequence[Event]) -> None:
    """Count every one of them, in a transaction of the caller's."""
    standing = metering.standing(events)
    settle(events)  # the ledger before the roll-ups, as whoever settles a reservation locks them
    metering.record(events, standing)


def settle(events: Sequence[Event]) -> None:
    """Book what the events took out of hard quotas as spent."""
    spent = _spent(events)
    if not spent:
        return
    # Locked first, as they are by whoever winds lots up, and in one order, or two could deadlock.
    entries = LedgerEntry.objects.select_for_update().order_by("key_id", "kind")
    entries = entries.filter(key_id__in={key for key, *_ in spent})
    settled, others = {}, {}
    for pk, key, kind, lot in entries.values_list("pk", "key_id", "kind", "lot"):
        settled[pk] = spent.pop((key, kind, lot), 0)
        others[key, kind] = pk
    add_to(LedgerEntry, "settled", settled)
    for (key, kind, lot), units in spent.items():
        _settle_closing(others.get((key, kind)), lot, units)


def _spent(events: Sequence[Event]) -> Counter[tuple[int, str, str]]:
    spent: Counter[tuple[int, str, str]] = Counter()
    for event in events:
        key = event.attempt.key
        for use in event.uses:
            if key is not None and use.units:
                spent[key, use.kind, use.lot] += use.units
    return spent


def _settle_closing(entry: int | None, lot: str, units: int) -> None:
    """Of a lot that is wound up; units of any other are past and void."""
    closing = ClosingLot.objects.filter(entry=entry, lot=lot)
    if entry is not None and closing.update(units=F("units") - units):
        LedgerEntry.objects.filter(pk=entry).update(settled=F("settled") + units)
