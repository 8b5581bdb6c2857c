"""What the limiter answered is seen to: remembered, read anew, or leased."""

from __future__ import annotations

from apikeys.limiters.base import LimiterDown, Request, Step, Taken
from apikeys.operations import ledger
from apikeys.operations.records import Record, records


class Leasing(Exception):
    """Another request leases the units that this one wants."""


def see_to(record: Record, request: Request, taken: Taken) -> bool:
    """Whether the step was taken. If not, another try may go further.

    Raises `Leasing` when units are under way, `LimiterDown` when there is no room for events.
    """
    match taken.step:
        case Step.DONE:
            record.confirm()
            return True
        case Step.STALE:
            records.drop(record)
        case Step.WANTING:
            if not ledger.replenish(request, taken):
                records.drop(record)
        case Step.LEASING:
            raise Leasing
        case Step.FULL:
            raise LimiterDown
    return False
