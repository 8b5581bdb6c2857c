"""The one place that knows drf-spectacular, which a host project may leave out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

import django_filters

from apikeys.api import idempotent, preconditions, ratelimits
from apikeys.api.fields import KindField, Shape
from apikeys.api.filters import InstantFilter
from apikeys.api.query import VALUE_LENGTH_MAX
from apikeys.api.schemas import Problem
from apikeys.domain.kinds import Choice, Instant, Kind, Text

_NOTHING: Mapping[str, Kind] = MappingProxyType({})

View = TypeVar("View", bound=Callable[..., Any])

FAILURES: Mapping[int, str] = MappingProxyType(
    {
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
)


@dataclass(frozen=True)
class Failures:
    """How a surface tells what went wrong: the shape, its media type, and which statuses occur.

    `notes` say what a status means where that is not what it means in the native API.
    """

    shape: Any
    media_type: str = "application/json"
    statuses: Collection[int] = tuple(FAILURES)
    notes: Mapping[int, str] = field(default_factory=dict)


PROBLEMS = Failures(Problem, "application/problem+json")

try:
    from drf_spectacular.drainage import set_override
    from drf_spectacular.extensions import (
        OpenApiAuthenticationExtension,
        OpenApiFilterExtension,
        OpenApiSerializerExtension,
        OpenApiSerializerFieldExtension,
    )
    from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
except ImportError:  # without the extra `openapi` the views serve undocumented

    def documented(
        summary: str,
        *,
        body: Any = None,
        answer: Any = None,
        status: int = 200,
        many: bool = False,
        once: bool = False,
        versioned: bool = False,
        tagged: bool = False,
        judged: bool = False,
        query: Mapping[str, Kind] = _NOTHING,
        failures: Failures = PROBLEMS,
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
        once: bool = False,
        versioned: bool = False,
        tagged: bool = False,
        judged: bool = False,
        query: Mapping[str, Kind] = _NOTHING,
        failures: Failures = PROBLEMS,
    ) -> Callable[[View], View]:
        """Say what a view takes and gives, and how it fails.

        `once`: it takes an Idempotency-Key. `versioned`: it takes If-Match. `tagged`: it answers an
        ETag. `judged`: the answer may tell of a limit as a 429 does. `query`: parameters beside
        those of filters and pages.
        """
        parameters = [
            *(_parameter(name, kind) for name, kind in query.items()),
            *([_IDEMPOTENCY_KEY, _replayed(status)] if once else []),
            *([_IF_MATCH] if versioned else []),
            *([_etag(status)] if tagged else []),
            *(_limiting([status] if judged else [], once=once) if failures is PROBLEMS else []),
        ]
        success = OpenApiResponse(_answered(answer, many) if answer else None, description=summary)

        def document(view: View) -> View:
            extend: Callable[[View], View] = extend_schema(
                operation_id=_operation_id(view),
                summary=summary,
                parameters=parameters,
                request={"application/json": body} if body else None,
                responses={status: success, **_told(failures)},
            )
            return extend(view)

        return document

    def _answered(answer: Any, many: bool) -> Any:
        """A page of objects or one, as it is said: spectacular would go by the action's name."""
        shape = answer(many=many)
        if not many:
            set_override(shape, "many", False)
        return shape

    def _header(name: str, schema: dict[str, Any], note: str, *statuses: int) -> OpenApiParameter:
        """A field of the request, or of the answers with these statuses."""
        return OpenApiParameter(
            name,
            schema,
            OpenApiParameter.HEADER,
            description=note,
            response=list(statuses) or False,
        )

    def _limiting(statuses: Iterable[int], *, once: bool) -> Iterator[OpenApiParameter]:
        """What `ratelimits` puts into a 429, and into answers with these statuses.

        A request that is still under way, to be done `once`, is to wait too.
        """
        text, limited = {"type": "string"}, (*statuses, 429)
        note = "Each limit with its quota `q` and its window `w` in seconds."
        yield _header(ratelimits.POLICY, text, note, *limited)
        note = "What remains `r` of each limit, and in how many seconds `t` it is whole again."
        yield _header(ratelimits.STATE, text, note, *limited)
        seconds = {"type": "integer", "minimum": 1}
        yield _header(
            ratelimits.RETRY_AFTER,
            seconds,
            "Seconds to wait.",
            *limited,
            *([409] if once else []),
            503,
        )

    def _replayed(status: int) -> OpenApiParameter:
        schema = {"type": "string", "const": "true"}
        return _header("Idempotent-Replayed", schema, "The answer of the first request.", status)

    def _etag(status: int) -> OpenApiParameter:
        schema = {"type": "string", "pattern": '^"v[0-9]+"$'}
        return _header("ETag", schema, "The version, for If-Match.", status)

    _IDEMPOTENCY_KEY = _header(
        idempotent.HEADER,
        {"type": "string", "pattern": idempotent.FORM, "maxLength": idempotent.LENGTH_MAX},
        "Repeat the request with the same value, and it is carried out once.",
    )
    _IF_MATCH = _header(
        preconditions.HEADER,
        {"type": "string", "pattern": preconditions.FORM, "maxLength": preconditions.LENGTH_MAX},
        "Change only this version, as its ETag names it.",
    )

    def _operation_id(view: Callable[..., Any]) -> str:
        """`KeyViewSet.partial_update` is `key_update`: stable, whatever the address."""
        noun, _, verb = view.__qualname__.partition("ViewSet.")
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", noun).lower()
        return f"{words}_{verb.removeprefix('partial_')}"

    def _parameter(name: str, kind: Kind) -> OpenApiParameter:
        return OpenApiParameter(name, kind.schema(), OpenApiParameter.QUERY)

    def _told(failures: Failures) -> dict[Any, Any]:
        notes = {**FAILURES, **failures.notes}
        return {
            (code, failures.media_type): OpenApiResponse(failures.shape, description=notes[code])
            for code in failures.statuses
        }

    class _KindShape(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
        target_class = KindField

        def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
            return self.target.openapi()  # type: ignore[no-any-return]

    class _ClosedBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
        """Unknown members are refused in a body; in answers, clients must expect new ones."""

        target_class = Shape
        match_subclasses = True

        def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
            schema: dict[str, Any] = auto_schema._map_serializer(
                self.target, direction, bypass_extensions=True
            )
            return schema | ({"additionalProperties": False} if direction == "request" else {})

    class _Filters(OpenApiFilterExtension):  # type: ignore[no-untyped-call]
        """What the filters take, not what the columns behind them hold."""

        target_class = "django_filters.rest_framework.DjangoFilterBackend"
        match_subclasses = True
        priority = 1

        def get_schema_operation_parameters(
            self, auto_schema: Any, *args: Any, **kwargs: Any
        ) -> list[dict[str, Any]]:
            filters = auto_schema.view.filterset_class.base_filters
            return [
                {"name": name, "in": "query", "schema": _kind_of(filters[name]).schema()}
                for name in sorted(filters)
            ]

    def _kind_of(taken: django_filters.Filter) -> Kind:
        match taken:
            case django_filters.ChoiceFilter():
                return Choice(tuple(value for value, _ in taken.extra["choices"]))
            case InstantFilter():
                return Instant()
            case _:
                return Text(VALUE_LENGTH_MAX, min_length=1)

    class _Bearer(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
        target_class = "apikeys.api.authentication.ManagementAuthentication"
        match_subclasses = True
        name = ["bearer", "apiKey"]

        def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
            return [
                {"type": "http", "scheme": "bearer"},
                {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            ]

        def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
            """Either of the two; the default would ask for both."""
            return [{name: []} for name in self.name]
