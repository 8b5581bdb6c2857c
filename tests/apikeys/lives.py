"""The one table of life cycles: what a key went through, and the status that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

from apikeys.domain.attributes import HOLDS
from apikeys.domain.lifecycle import Status

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
PAST, FUTURE = NOON - timedelta(days=1), NOON + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Life:
    """A key's timestamps and hold, seen at noon."""

    expected: Status
    deleted_at: datetime | None = None
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    hold: str | None = None
    rotating_until: datetime | None = None

    @property
    def id(self) -> str:
        told = {
            "deleted": self.deleted_at,
            "revoked": self.revoked_at,
            "expires": self.expires_at and (self.expires_at - NOON).total_seconds(),
            "rotating": self.rotating_until and (self.rotating_until - NOON).total_seconds(),
            self.hold: self.hold,
        }
        words = [
            f"{name} {value}" if isinstance(value, float) else str(name)
            for name, value in told.items()
            if value is not None
        ]
        return ", ".join(words) or "nothing"


def _status(
    deleted: bool, revoked: bool, expired: bool, hold: str | None, rotating: bool
) -> Status:
    """The contract's order: deleted, revoked, expired, the hold, rotating, deprecated, active."""
    ends = [(deleted, "deleted"), (revoked, "revoked"), (expired, "expired")]
    for holds, word in ends:
        if holds:
            return Status(word)
    if hold not in (None, "deprecated"):
        return Status(str(hold))
    if rotating:
        return Status.ROTATING
    return Status.DEPRECATED if hold else Status.ACTIVE


LIVES: tuple[Life, ...] = (
    *(
        Life(
            _status(deleted, revoked, expired, hold, rotating),
            deleted_at=PAST if deleted else None,
            revoked_at=PAST if revoked else None,
            expires_at=PAST if expired else FUTURE,
            hold=hold,
            rotating_until=FUTURE if rotating else None,
        )
        for deleted, revoked, expired, hold, rotating in product(
            (True, False), (True, False), (True, False), (None, *HOLDS), (True, False)
        )
    ),
    # The edges of the two ends.
    Life(Status.ACTIVE),
    Life(Status.EXPIRED, expires_at=NOON),
    Life(Status.EXPIRED, expires_at=NOON - MOMENT),
    Life(Status.ACTIVE, expires_at=NOON + MOMENT),
    Life(Status.ACTIVE, rotating_until=NOON),
    Life(Status.ACTIVE, rotating_until=PAST),
    Life(Status.ROTATING, rotating_until=NOON + MOMENT),
    # A key deleted or revoked at a moment that is still to come is gone all the same.
    Life(Status.DELETED, deleted_at=FUTURE),
    Life(Status.REVOKED, revoked_at=FUTURE),
)
