"""Pages of a list, newest first, that stay right while rows are added."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

from django.utils import timezone
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import cursors
from apikeys.api.cursors import Position
from apikeys.conf import ring
from apikeys.domain.errors import InvalidInput

LIMIT_DEFAULT = 20
LIMIT_MAX = 100
QUERY_NAMES = frozenset({"limit", "cursor"})


class ScopedView(Protocol):
    """A list view says for whom its cursors are good, such as the tenant's id."""

    def cursor_scope(self, request: Request) -> str:
        """Callers with the same answer may use one another's cursors."""


class SealedCursorPagination(BasePagination):
    """`?limit=&cursor=` over descending primary keys: `{"results", "next", "previous"}`.

    The next page starts below the last row that was shown, so rows added meanwhile neither shift
    nor repeat anything. A cursor works only for the same list, filters and `ScopedView` scope.
    """

    def paginate_queryset(
        self,
        queryset: Any,  # a queryset, or whatever filters, orders and slices like one
        request: Request,
        view: Any = None,
    ) -> list[Any]:
        """The rows of the page. Raises `InvalidInput` for a bad limit or cursor."""
        self._request = request
        self._binding = _binding(request, view)
        limit = _limit(request)
        position = self._position()
        self._page, has_more = _page(queryset, position, limit)
        is_before = position is not None and position.is_before
        self._has_next = is_before or has_more
        self._has_previous = has_more if is_before else position is not None
        # Read only now, where an index told which they are; some may be gone meanwhile.
        return list(queryset.filter(pk__in=self._page).order_by("-pk"))

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next(), "previous": self._previous()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page as JSON Schema, for drf-spectacular."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query parameters as OpenAPI, for drf-spectacular."""
        limit = {
            "type": "integer",
            "minimum": 1,
            "maximum": LIMIT_MAX,
            "default": LIMIT_DEFAULT,
        }
        cursor = {"type": "string", "minLength": 1}
        return [
            _parameter("limit", "Rows on a page.", limit),
            _parameter("cursor", "Taken from next or previous of a page.", cursor),
        ]

    def _position(self) -> Position | None:
        cursor = self._request.query_params.get("cursor")
        if cursor is None:
            return None
        return cursors.unseal(ring(), self._binding, cursor, timezone.now())

    def _next(self) -> str | None:
        if not (self._has_next and self._page):
            return None
        return self._link(Position(self._page[-1]))

    def _previous(self) -> str | None:
        if not (self._has_previous and self._page):
            return None
        return self._link(Position(self._page[0], is_before=True))

    def _link(self, position: Position) -> str:
        query = self._request.query_params.copy()
        query["cursor"] = cursors.seal(ring(), self._binding, position, timezone.now())
        return self._request.build_absolute_uri(f"{self._request.path}?{query.urlencode()}")


def _page(queryset: Any, position: Position | None, limit: int) -> tuple[list[int], bool]:
    """The keys of a page in descending order, and whether more lie beyond in its direction."""
    order = "pk" if position is not None and position.is_before else "-pk"
    if position is not None:
        beyond = "pk__gt" if position.is_before else "pk__lt"
        queryset = queryset.filter(**{beyond: position.pk})
    found = list(queryset.order_by(order).values_list("pk", flat=True)[: limit + 1])
    return sorted(found[:limit], reverse=True), len(found) > limit


def _limit(request: Request) -> int:
    given = request.query_params.get("limit")
    if given is None:
        return LIMIT_DEFAULT
    if re.fullmatch(r"[0-9]{1,3}", given) and 1 <= int(given) <= LIMIT_MAX:
        return int(given)
    detail = f"The limit must be a whole number from 1 to {LIMIT_MAX}."
    raise InvalidInput.at("/limit", "invalid_limit", detail)


def _binding(request: Request, view: ScopedView) -> bytes:
    filters: Sequence[tuple[str, list[str]]] = sorted(
        (name, values) for name, values in request.query_params.lists() if name not in QUERY_NAMES
    )
    return json.dumps([request.path, view.cursor_scope(request), filters]).encode()


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}
