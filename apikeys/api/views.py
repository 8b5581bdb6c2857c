"""What every view of the native API has in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api.guarded import GuardedViewSet, disclosing
from apikeys.api.idempotent import idempotency_key
from apikeys.api.negotiation import PlainJSONRenderer
from apikeys.api.pagination import QUERY_NAMES, SealedCursorPagination
from apikeys.api.preconditions import etag_of
from apikeys.api.strict_json import json_object
from apikeys.domain.errors import InvalidInput
from apikeys.operations import idempotency
from apikeys.operations.idempotency import Answer
from apikeys.operations.patience import TookTooLong, patience

_TOO_BROAD = "These filters take too long together, so the search was given up. Narrow it."


class ManagementViewSet(GuardedViewSet):
    """A view of the native API."""

    def cursor_scope(self, request: Request) -> str:
        """Cursors of one tenant's list are void in another's."""
        return self.actor.tenant_id or "every tenant"

    @property
    def paginated(self) -> bool:
        return getattr(self, "action", None) == "list"

    def known_query_names(self) -> frozenset[str]:
        """Only lists take parameters; elsewhere any is a mistake."""
        return super().known_query_names() if self.paginated else frozenset()

    def once(self, request: Request, work: Callable[[], Answer]) -> Response:
        """Do the work, at most once for an `Idempotency-Key`, and answer."""
        key = idempotency_key(request)
        if key is None:
            return _response(work())
        route = f"{request.method} {request.path}"
        asked = idempotency.Request(self.actor.id, route[:200], key, json_object(request))
        return _response(idempotency.once(asked, lambda: _plain(work())))


class ListViewSet(ManagementViewSet):
    """A view with a list that is filtered and cut into pages."""

    pagination_class = SealedCursorPagination

    def respond_with_page(self, request: Request, render: Callable[[Any], Any]) -> Response:
        """One page of the filtered list, each row rendered."""
        return self.get_paginated_response([render(row) for row in self._rows(request)])

    def _rows(self, request: Request) -> Any:
        if request.query_params.keys() <= QUERY_NAMES:
            return self._page()
        try:
            with patience():
                return self._page()
        except TookTooLong:
            raise InvalidInput.at("", "too_broad", _TOO_BROAD) from None

    def _page(self) -> Any:
        return self.paginate_queryset(self.filter_queryset(self.get_queryset()))


def with_etag(body: object, version: int, status: int = 200) -> Response:
    """A single object with the tag that `If-Match` takes."""
    return Response(body, status=status, headers={"ETag": etag_of(version)})


def _plain(answer: Answer) -> Answer:
    """The body as JSON knows it, so that it reads the same when it is given again."""
    body = json.loads(PlainJSONRenderer().render(answer.body))
    return Answer(answer.status_code, body, answer.secrets)


def _response(answer: Answer) -> Response:
    body = disclosing(answer.body, answer.secrets)
    if answer.secrets_gone:
        body["secret_available"] = False
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return Response(body or None, status=answer.status_code, headers=headers)
