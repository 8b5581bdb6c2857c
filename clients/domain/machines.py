"""Clients that call one another: their ids as Clerk's clients know them, and their tokens' bounds.

A machine is a service client. Its id there has a fixed tail, because those ids are five characters
longer than ours; both ways nothing is stored.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apikeys.domain.kinds import BadValue

# Both of Clerk's clients tell the kinds of credentials apart by these.
SECRET_PREFIX, TOKEN_PREFIX = "ak", "mt"
TOKEN_SECONDS_MAX = 315_360_000
TOKEN_SECONDS = 3_600
PREVIOUS_SECONDS_MAX = 28_800
SCOPES_MAX = 150

_TAIL = "00000"
_MACHINE_ID = re.compile(rf"mch_([0-9A-Za-z]{{22}}){_TAIL}")
_TOKEN_ID = re.compile(r"mt_([0-9A-Fa-f]{32})")


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A length of time from now on in seconds, more than none; kept to the millisecond."""

    label: str = "seconds"

    def clean(self, value: object) -> timedelta:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue("not_number", "Give a number of seconds.")
        if not math.isfinite(value) or not 0 < value <= TOKEN_SECONDS_MAX:
            raise BadValue("out_of_range", f"Give more than 0, at most {TOKEN_SECONDS_MAX}.")
        return timedelta(milliseconds=math.ceil(value * 1000))

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "exclusiveMinimum": 0, "maximum": TOKEN_SECONDS_MAX}


def machine_id(client_id: str) -> str:
    """`sc_` + 22 characters as `mch_` + 27."""
    return f"mch_{client_id.removeprefix('sc_')}{_TAIL}"


def client_id_of(given: str) -> str | None:
    """The client with this machine id; None for a text that is none."""
    found = _MACHINE_ID.fullmatch(given)
    return found and f"sc_{found[1]}"


def token_id_of(given: str) -> str | None:
    """The id of a token as it is stored; None for a text that is none."""
    found = _TOKEN_ID.fullmatch(given)
    return found and f"mt_{found[1].lower()}"


def content_mark(claims: object, scopes: list[str]) -> str:
    """The same for tokens that say the same: SHA-256, 64 hex digits."""
    text = json.dumps([claims, sorted(scopes)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
