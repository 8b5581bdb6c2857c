"""The vendor's one status and our timestamps and hold, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from apikeys.domain.kinds import BadValue
from apikeys.domain.lifecycle import Status
from apikeys.models.standing import standing

# What the vendor's client sends unless its user chose a status; never stored.
UNSPECIFIED = "STATUS_UNSPECIFIED"
_ACTIVE, _DEPRECATED = "STATUS_ACTIVE", "STATUS_DEPRECATED"

_SHOWN: Mapping[Status, str] = {
    Status.ACTIVE: _ACTIVE,
    Status.ROTATING: _ACTIVE,
    Status.DISABLED: "STATUS_SUSPENDED",
    Status.SUSPENDED: "STATUS_SUSPENDED",
    Status.PENDING_VERIFICATION: "STATUS_PENDING_VERIFICATION",
    Status.PENDING_REVIEW: "STATUS_PENDING_REVIEW",
    Status.DEPRECATED: _DEPRECATED,
    Status.MAINTENANCE: "STATUS_MAINTENANCE",
    Status.REVOKED: "STATUS_REVOKED",
    Status.EXPIRED: "STATUS_EXPIRED",
}
_HOLDS: Mapping[str, str | None] = {
    _ACTIVE: None,
    "STATUS_SUSPENDED": "suspended",
    "STATUS_PENDING_VERIFICATION": "pending_verification",
    "STATUS_PENDING_REVIEW": "pending_review",
    _DEPRECATED: "deprecated",
    "STATUS_MAINTENANCE": "maintenance",
}
_NEVER_SET: Mapping[str, str] = {
    "STATUS_REVOKED": "Delete the key to end it for good.",
    "STATUS_EXPIRED": "Set expiresAt to let the key expire.",
    "STATUS_RATE_LIMITED": "Set rateLimit or another limit; being limited is no status here.",
}
WORDS = (UNSPECIFIED, *_HOLDS, *_NEVER_SET)


def word_of(status: Status, hold: str | None) -> str:
    """The vendor's word. That a key is rotating must not hide that it is deprecated."""
    return _DEPRECATED if status is Status.ROTATING and hold else _SHOWN[status]


def having(word: str, now: datetime) -> Q:
    """Keys with this status at `now`."""
    if word == UNSPECIFIED:
        return Q()
    found = Q(pk__in=())
    for status in (it for it, shown in _SHOWN.items() if shown == word):
        found |= standing(status, now)
    if word == _ACTIVE:
        return found & Q(hold=None)
    if word == _DEPRECATED:
        return found | (standing(Status.ROTATING, now) & Q(hold="deprecated"))
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A status as an attribute to be written: it sets or clears the hold."""

    label: str = "status"

    def clean(self, value: object) -> str | None:
        if isinstance(value, str) and value in _NEVER_SET:
            raise BadValue("not_settable", _NEVER_SET[value])
        if not isinstance(value, str) or value not in _HOLDS:
            raise BadValue("unknown_choice", f"Choose one of: {', '.join(_HOLDS)}.")
        return _HOLDS[value]

    def show(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(WORDS)}
