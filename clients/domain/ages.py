"""Which access keys somebody should look after: old ones, and ones that nobody uses."""

from __future__ import annotations

from datetime import datetime


def is_old(created_at: datetime, before: datetime) -> bool:
    """Whether a key was made by that moment."""
    return created_at <= before


def is_unused(created_at: datetime, last_used_at: datetime | None, before: datetime) -> bool:
    """Whether a key was not used since that moment, although it was there."""
    return (last_used_at or created_at) <= before
