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
from apikeys.api.pagination import SealedCursorPagination
from apikeys.api.preconditions import etag_of
from apikeys.api.strict_json import json_object
from apikeys.operations import idempotency
from apikeys.operations.idempotency import Answer


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
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert rows is not None  # noqa: S101  (there is always a paginator)
        return self.get_paginated_response([render(row) for row in rows])


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
