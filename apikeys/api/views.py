"""What every view of the native API has in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apikeys.api.authentication import ManagementAuthentication
from apikeys.api.idempotent import idempotency_key
from apikeys.api.negotiation import FirstRenderer, PlainJSONRenderer
from apikeys.api.pagination import SealedCursorPagination
from apikeys.api.preconditions import etag_of
from apikeys.api.problems import exception_handler
from apikeys.api.query import StrictQueryMixin
from apikeys.api.strict_json import StrictJSONParser, json_object
from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound
from apikeys.domain.secret import Secret, Undisclosed
from apikeys.domain.text import is_storable
from apikeys.operations import idempotency
from apikeys.operations.idempotency import Answer
from apikeys.operations.reaching import utc_now


class ManagementViewSet(StrictQueryMixin, GenericViewSet[Any]):
    """A view for management credentials; `scopes` names what each action requires.

    Independent of the host project's REST_FRAMEWORK settings.
    """

    authentication_classes = (ManagementAuthentication,)
    permission_classes = (IsAuthenticated,)
    parser_classes = (StrictJSONParser,)
    renderer_classes = (PlainJSONRenderer,)
    content_negotiation_class = FirstRenderer
    throttle_classes = ()
    metadata_class = None
    # OPTIONS describes nothing here and lets no other origin in, so Allow does not name it.
    http_method_names = ["get", "head", "post", "patch", "delete"]
    scopes: ClassVar[Mapping[str, str]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """An id that no database can hold is nobody's; PostgreSQL would break over the question."""
        super().initial(request, *args, **kwargs)
        if not all(is_storable(part) for part in kwargs.values()):
            raise NotFound

    @property
    def actor(self) -> Actor:
        principal: Any = self.request.user  # a `Principal`, where Django expects its own users
        actor: Actor = principal.actor
        return actor

    @property
    def now(self) -> datetime:
        return utc_now()

    def cursor_scope(self, request: Request) -> str:
        """Cursors of one tenant's list are void in another's."""
        return self.actor.tenant_id or "every tenant"

    def get_exception_handler(self) -> Callable[..., Any]:
        return exception_handler

    @property
    def paginated(self) -> bool:
        return getattr(self, "action", None) == "list"

    def known_query_names(self) -> frozenset[str]:
        """Only lists take parameters; elsewhere any is a mistake."""
        return super().known_query_names() if self.paginated else frozenset()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing here is for a cache: what came for an X-API-Key a shared one would keep."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"
        return answer

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


def disclosing(body: Mapping[str, Any], secrets: Mapping[str, Secret | None]) -> dict[str, Any]:
    """The body of the one answer that shows these secrets; those that are None are left out."""
    shown = Undisclosed(body)
    shown.update((name, secret.reveal()) for name, secret in secrets.items() if secret)
    return shown


def _plain(answer: Answer) -> Answer:
    """The body as JSON knows it, so that it reads the same when it is given again."""
    body = json.loads(PlainJSONRenderer().render(answer.body))
    return Answer(answer.status_code, body, answer.secrets)


def _response(answer: Answer) -> Response:
    body = disclosing(answer.body, answer.secrets)
    if answer.secrets_gone:
        body["secret_available"] = False
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
    return Response(body, status=answer.status_code, headers=headers)
