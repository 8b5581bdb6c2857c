"""A key's status: computed from its timestamps and its one hold, so it is never stale."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from apikeys.domain.terms import Terms


class Status(StrEnum):
    """The first that holds, in this order, is the status."""

    DELETED = "deleted"
    REVOKED = "revoked"
    EXPIRED = "expired"
    DISABLED = "disabled"
    SUSPENDED = "suspended"
    PENDING_VERIFICATION = "pending_verification"
    PENDING_REVIEW = "pending_review"
    MAINTENANCE = "maintenance"
    ROTATING = "rotating"
    DEPRECATED = "deprecated"
    ACTIVE = "active"


class Living(Protocol):
    """Whatever has a life cycle: `terms.Terms`, or a stored key."""

    @property
    def deleted_at(self) -> datetime | None: ...
    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def hold(self) -> str | None: ...
    @property
    def rotating_until(self) -> datetime | None: ...


def status_of(key: Living, now: datetime) -> Status:
    """The status at `now`. `models.standing` says the same in SQL."""
    if key.deleted_at is not None:
        return Status.DELETED
    if key.revoked_at is not None:
        return Status.REVOKED
    if has_passed(key.expires_at, now):
        return Status.EXPIRED
    if key.hold and key.hold != Status.DEPRECATED:
        return Status(key.hold)
    if key.rotating_until is not None and key.rotating_until > now:
        return Status.ROTATING
    return Status.DEPRECATED if key.hold else Status.ACTIVE


def has_passed(moment: datetime | None, now: datetime) -> bool:
    """Whether an end has come. A key that expires at noon is refused at noon."""
    return moment is not None and moment <= now


def next_change(now: datetime, *all_terms: Terms) -> datetime | None:
    """When time alone will next change what is decided or told of these terms; None: never."""
    ends = [
        end
        for terms in all_terms
        for end in (terms.expires_at, terms.secret_retires_at, terms.rotating_until)
    ]
    return min((end for end in ends if end is not None and end > now), default=None)
