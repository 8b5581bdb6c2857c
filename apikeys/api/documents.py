"""`openapi.json` and the Swagger UI: served where drf-spectacular is installed, to anyone.

Every surface has both, and its document tells of that surface alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apikeys.api.mounts import Mount, mount_at, patterns_of, refuse
from apikeys.api.problems import exception_handler
from apikeys.api.refusals import Refusal


@lru_cache(maxsize=16)
def document_of(mount: Mount) -> dict[str, Any]:
    """The OpenAPI document of a surface."""
    from drf_spectacular.generators import SchemaGenerator

    patterns = [path(mount.prefix, include(patterns_of(mount)))]
    generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
    document: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    document["info"]["title"] = mount.urlconf.title
    return document


def document_urls(namespace: str) -> list[URLPattern]:
    """The addresses of a surface's documents; none without the extra `openapi`."""
    if find_spec("drf_spectacular") is None:
        return []
    from drf_spectacular.renderers import OpenApiJsonRenderer
    from drf_spectacular.views import SpectacularSwaggerSplitView

    from apikeys.api.negotiation import FirstRenderer

    class Telling:
        """Refusals in the words of the surface, in a host project with other handlers too."""

        @staticmethod
        def refused(refusal: Refusal, request: HttpRequest | Request) -> HttpResponse:
            return refuse(request, refusal)

        def get_exception_handler(self) -> Callable[..., Any]:
            return exception_handler

    class SchemaView(Telling, APIView):
        """The OpenAPI document of the surface that was asked."""

        schema = None
        authentication_classes = ()
        permission_classes = ()
        renderer_classes = [OpenApiJsonRenderer]
        content_negotiation_class = FirstRenderer

        def get(self, request: Request) -> Response:
            mount = mount_at(request.path_info)
            assert mount is not None  # noqa: S101  (this view stands below one)
            return Response(document_of(mount))

    class DocsView(Telling, SpectacularSwaggerSplitView):
        """Swagger UI from our own static files: no inline script, no other host."""

        authentication_classes = ()
        permission_classes = ()
        template_name = "apikeys/swagger_ui.html"
        url_name = f"{namespace}:openapi"

    return [
        path("openapi.json", SchemaView.as_view(), name="openapi"),
        path("docs", DocsView.as_view(), name="docs"),
    ]
