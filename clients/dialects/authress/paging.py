"""Pages of clients: `limit` 1 to 20 and a cursor, which is sealed as the native one is."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone
from rest_framework.request import Request

from apikeys.api import cursors
from apikeys.api.cursors import Position
from apikeys.conf import ring
from apikeys.domain.errors import InvalidInput
from clients.dialects.authress.wire import shown

LIMIT_MAX = 20


def collection(request: Request, clients: Any, tenant_id: str) -> dict[str, Any]:
    """The page that the request asks for. Raises `InvalidInput`."""
    limit, binding = _limit(request), json.dumps([request.path, tenant_id]).encode()
    cursor = request.query_params.get("cursor")
    if cursor is not None:
        start = cursors.unseal(ring(), binding, cursor, timezone.now())
        clients = clients.filter(pk__lt=start.pk)
    rows = list(clients.order_by("-pk")[: limit + 1])
    page, links = rows[:limit], {"self": {"href": _link(request, limit, cursor)}}
    if len(rows) <= limit:
        return {"clients": [shown(client) for client in page], "links": links, "pagination": None}
    following = cursors.seal(ring(), binding, Position(page[-1].pk), timezone.now())
    return {
        "clients": [shown(client) for client in page],
        "links": {**links, "next": {"href": _link(request, limit, following)}},
        "pagination": {"next": {"cursor": following}},
    }


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", str(LIMIT_MAX))
    if given.isascii() and given.isdigit() and 1 <= int(given[:4]) <= LIMIT_MAX:
        return int(given[:4])
    detail = f"The limit must be a whole number from 1 to {LIMIT_MAX}."
    raise InvalidInput.at("/limit", "invalid_limit", detail)


def _link(request: Request, limit: int, cursor: str | None) -> str:
    query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
    return request.build_absolute_uri(f"{request.path}{query}")
