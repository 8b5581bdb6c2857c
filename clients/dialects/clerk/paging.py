"""Clerk's lists of machines and of tokens, by limit and offset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apikeys.api.query import VALUE_LENGTH_MAX
from apikeys.domain.kinds import MAX_SAFE_INTEGER, BadValue, Choice, Kind, Text
from clients.dialects.clerk import token_wire, wire
from clients.domain.machines import client_id_of

LIMIT_DEFAULT = 10
LIMIT_MAX = 500
_ORDER_DEFAULT = "-created_at"
_FLAG = Choice(("true", "false"))


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


_PAGE: Mapping[str, Kind] = {
    "limit": Whole(1, LIMIT_MAX),
    "offset": Whole(0, MAX_SAFE_INTEGER),
}
MACHINES: Mapping[str, Kind] = {
    **_PAGE,
    "query": Text(VALUE_LENGTH_MAX, min_length=1),
    "order_by": Choice(
        tuple(f"{sign}{it}" for it in ("name", "created_at") for sign in ("", *"+-"))
    ),
}
TOKENS: Mapping[str, Kind] = {
    "subject": Text(64, min_length=1),
    "revoked": _FLAG,
    "expired": _FLAG,
    **_PAGE,
}


def page_of_machines(clients: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The machines that a cleaned query asks for, with the count of all matches."""
    if text := asked.get("query"):
        clients = clients.matching(client_id_of(text) or text)
    order = asked.get("order_by", _ORDER_DEFAULT)
    ordered = clients.in_order(order.lstrip("+-"), descending=order.startswith("-"))
    rows = [wire.machine_shown(client) for client in _part(ordered, asked)]
    return {"data": rows, "total_count": clients.count()}


def page_of_tokens(tokens: Any, asked: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The tokens of one machine, newest first; what is over only where it is asked for."""
    if asked.get("revoked") != "true":
        tokens = tokens.filter(revoked_at=None)
    if asked.get("expired") != "true":
        tokens = tokens.filter(expires_at__gt=now)
    rows = [token_wire.token_shown(token, now) for token in _part(tokens.order_by("-pk"), asked)]
    return {"m2m_tokens": rows, "total_count": tokens.count()}


def _part(rows: Any, asked: Mapping[str, Any]) -> Any:
    start = asked.get("offset", 0)
    return rows[start : start + asked.get("limit", LIMIT_DEFAULT)]
