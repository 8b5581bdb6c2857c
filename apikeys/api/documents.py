"""`openapi.json` and the Swagger UI: served where drf-spectacular is installed, to anyone."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from django.urls import URLPattern, path


def document_urls() -> list[URLPattern]:
    """The addresses of the documents; none without the extra `openapi`."""
    if find_spec("drf_spectacular") is None:
        return []
    from drf_spectacular.renderers import OpenApiJsonRenderer
    from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

    from apikeys.api.negotiation import FirstRenderer
    from apikeys.api.problems import exception_handler

    class SchemaView(SpectacularAPIView):
        """The OpenAPI document of this API."""

        authentication_classes = ()
        permission_classes = ()
        renderer_classes = [OpenApiJsonRenderer]
        content_negotiation_class = FirstRenderer

        def get_exception_handler(self) -> Callable[..., Any]:
            return exception_handler

    class DocsView(SpectacularSwaggerSplitView):
        """Swagger UI from our own static files: no inline script, no other host."""

        authentication_classes = ()
        permission_classes = ()
        template_name = "apikeys/swagger_ui.html"
        url_name = "apikeys:openapi"

    return [
        path("openapi.json", SchemaView.as_view(), name="openapi"),
        path("docs", DocsView.as_view(), name="docs"),
    ]
