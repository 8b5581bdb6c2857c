"""The one place that knows drf-spectacular, which a host project may leave out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from apikeys.api.fields import KindField
from apikeys.api.schemas import Problem

View = TypeVar("View", bound=Callable[..., Any])

_FAILURES = {
    400: "A field, parameter or header breaks a rule; `errors` names each.",
    401: "No credential, or one that is unknown or no longer valid.",
    403: "A rule of the credential refuses, or a scope is missing.",
    404: "No such object, or it is another tenant's.",
    405: "The address does not take this method.",
    409: "The object's state does not allow this.",
    410: "It was there once.",
    412: "`If-Match` names a version that is no longer current.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The Idempotency-Key was used with another body.",
    429: "A limit of the credential is reached; see `Retry-After`.",
    500: "A fault of ours; quote the request id.",
    503: "It cannot be decided at the moment; see `Retry-After`.",
}

try:
    from drf_spectacular.extensions import (
        OpenApiAuthenticationExtension,
        OpenApiSerializerFieldExtension,
    )
    from drf_spectacular.utils import OpenApiResponse, extend_schema
except ImportError:  # without the extra `openapi` the views serve undocumented

    def documented(
        summary: str,
        *,
        body: Any = None,
        answer: Any = None,
        status: int = 200,
        many: bool = False,
    ) -> Callable[[View], View]:
        """Leave the view as it is."""
        return lambda view: view

else:

    def documented(
        summary: str,
        *,
        body: Any = None,
        answer: Any = None,
        status: int = 200,
        many: bool = False,
    ) -> Callable[[View], View]:
        """Say what a view takes and gives; every failure is a problem document."""
        success = OpenApiResponse(answer(many=many) if answer else None, description=summary)

        def document(view: View) -> View:
            extend: Callable[[View], View] = extend_schema(
                operation_id=_operation_id(view),
                summary=summary,
                request={"application/json": body} if body else None,
                responses={status: success, **_problems()},
            )
            return extend(view)

        return document

    def _operation_id(view: Callable[..., Any]) -> str:
        """`KeyViewSet.partial_update` is `key_update`: stable, whatever the address."""
        noun, _, verb = view.__qualname__.partition("ViewSet.")
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", noun).lower()
        return f"{words}_{verb.removeprefix('partial_')}"

    def _problems() -> dict[Any, Any]:
        return {
            (code, "application/problem+json"): OpenApiResponse(Problem, description=text)
            for code, text in _FAILURES.items()
        }

    class _KindShape(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
        target_class = KindField

        def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
            return self.target.openapi()  # type: ignore[no-any-return]

    class _Bearer(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
        target_class = "apikeys.api.authentication.ManagementAuthentication"
        name = ["bearer", "apiKey"]

        def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
            return [
                {"type": "http", "scheme": "bearer"},
                {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            ]

        def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
            """Either of the two; the default would ask for both."""
            return [{name: []} for name in self.name]
