"""What every view for management credentials has in common, whichever surface it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from apikeys.api import problems
from apikeys.api.authentication import ManagementAuthentication
from apikeys.api.negotiation import FirstRenderer, PlainJSONRenderer
from apikeys.api.query import StrictQueryMixin
from apikeys.api.strict_json import StrictJSONParser
from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound
from apikeys.domain.secret import Secret, Undisclosed
from apikeys.domain.text import is_storable
from apikeys.operations.reaching import utc_now


class GuardedViewSet(StrictQueryMixin, GenericViewSet[Any]):
    """A view for management credentials; `scopes` names what each action requires.

    Independent of the host project's REST_FRAMEWORK settings. `refused` tells what goes wrong, in
    the words of the surface (`problems.Teller`).
    """

    authentication_classes: Any = (ManagementAuthentication,)
    permission_classes = (IsAuthenticated,)
    parser_classes = (StrictJSONParser,)
    renderer_classes = (PlainJSONRenderer,)
    content_negotiation_class = FirstRenderer
    throttle_classes = ()
    metadata_class = None
    # OPTIONS describes nothing here and lets no other origin in, so Allow does not name it.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    scopes: ClassVar[Mapping[str, str]] = {}
    refused = staticmethod(problems.refused)

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

    def get_exception_handler(self) -> Callable[..., Any]:
        return problems.exception_handler

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing here is for a cache: what came for an X-API-Key a shared one would keep."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def disclosing(body: Mapping[str, Any], secrets: Mapping[str, Secret | None]) -> dict[str, Any]:
    """The body of the one answer that shows these secrets; those that are None are left out."""
    shown = Undisclosed(body)
    shown.update((name, secret.reveal()) for name, secret in secrets.items() if secret)
    return shown
