"""The free text and spans that verbs take beside the key's attributes."""

from __future__ import annotations

from typing import Any

from apikeys.domain.errors import InvalidInput
from apikeys.domain.kinds import BadValue, Count, Kind, Text

REASON = Text(500)
GRACE = Count(0, 366 * 86_400)


def clean_reason(value: object) -> str:
    """Why something is done: at most 500 characters, may be empty; None is empty."""
    cleaned: str = "" if value is None else clean_argument("reason", REASON, value)
    return cleaned


def clean_argument(name: str, kind: Kind, value: object) -> Any:
    """One argument of a verb, cleaned; raises `InvalidInput` at its name."""
    try:
        return kind.clean(value)
    except BadValue as error:
        raise InvalidInput.at(f"/{name}{error.pointer}", error.code, error.detail) from error
