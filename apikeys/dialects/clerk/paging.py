"""Clerk's list: keys of one subject, newest first, by limit and offset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from apikeys.api.query import VALUE_LENGTH_MAX
from apikeys.dialects.clerk import wire
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.cleaning import clean_members
from apikeys.domain.kinds import MAX_SAFE_INTEGER, BadValue, Choice, Kind, Text

LIMIT_DEFAULT = 10
LIMIT_MAX = 500  # Clerk's OpenAPI says 100, the documentation of its JavaScript client 500


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number in a query, also as Clerk's Python client writes one: `10.0`."""

    minimum: int
    maximum: int
    label: str = "integer"

    def clean(self, value: object) -> int:
        found = re.fullmatch(r"([0-9]{1,16})(?:\.0{1,16})?", str(value), re.ASCII)
        if found is None:
            raise BadValue("not_integer", "Give a whole number.")
        if not self.minimum <= int(found[1]) <= self.maximum:
            raise BadValue("out_of_range", f"Give {self.minimum} to {self.maximum}.")
        return int(found[1])

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


QUERY: Mapping[str, Kind] = {
    "subject": ATTRIBUTES["subject"].kind,
    "type": wire.TYPE,
    "include_invalid": Choice(("true", "false")),
    "limit": Whole(1, LIMIT_MAX),
    "offset": Whole(0, MAX_SAFE_INTEGER),
    "query": Text(VALUE_LENGTH_MAX, min_length=1),
}


def page(keys: Any, query: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The page that the query asks for, with the count of all matches. Raises `InvalidInput`."""
    asked = clean_members(query, QUERY, ("subject",))
    found = keys.filter(subject=asked["subject"])
    if asked.get("include_invalid") != "true":
        found = found.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
    if text := asked.get("query"):
        found = found.matching(text)
    start = asked.get("offset", 0)
    rows = found.order_by("-pk")[start : start + asked.get("limit", LIMIT_DEFAULT)]
    return {"data": [wire.rendered(key, now) for key in rows], "total_count": found.count()}
