"""Public documents: metadata of the service, and key sets. For anyone, from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View
from django.views.decorators.http import require_safe

from apikeys.api.refusals import MISSING
from apikeys.domain.text import is_storable
from clients.conf import settings
from clients.models import AccessKey
from clients.oauth.errors import refused
from clients.oauth.telling import metadata
from clients.operations.signing import published_keys

# Short, since a key that was taken away should be forgotten soon.
CACHE_SECONDS = 300


@require_safe
def server_metadata(request: HttpRequest) -> HttpResponse:
    """`/.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`."""
    return _document(metadata()) if settings.ISSUERS else refused(MISSING, request)


@require_safe
def service_keys(request: HttpRequest) -> HttpResponse:
    """The keys that sign, have signed or will sign tokens of the service."""
    return _document({"keys": published_keys()})


class ClientKeys(View):
    """The keys of one client; an empty set for one that is unknown, disabled or without keys."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, client_id: str) -> HttpResponse:
        if not is_storable(client_id):
            return _document({"keys": []})
        keys = AccessKey.objects.filter(
            client__public_id=client_id,
            client__enabled=True,
            client__tenant__status="active",
            revoked_at=None,
        )
        return _document({"keys": [key.as_jwk() for key in keys.order_by("-pk")]})


def _document(body: Mapping[str, Any]) -> HttpResponse:
    headers = {
        "Cache-Control": f"public, max-age={CACHE_SECONDS}",
        "Access-Control-Allow-Origin": "*",  # public, and browsers check tokens too
    }
    return JsonResponse(body, headers=headers)
