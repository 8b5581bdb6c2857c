"""Events as callers report them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apikeys.operations.reaching import utc_now


def told(key_id: str, event_id: str = "1", /, **members: Any) -> dict[str, Any]:
    """One event of this moment that is in order, unless `members` say otherwise."""
    at = members.pop("at", None) or utc_now()
    return {
        "event_id": event_id,
        "key_id": key_id,
        "endpoint": "/words",
        "method": "GET",
        "status": 200,
        "latency_ms": 20,
        "at": at.isoformat() if isinstance(at, datetime) else at,
        **members,
    }
