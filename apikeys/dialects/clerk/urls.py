"""Clerk's API Keys API: addresses below the mount, each with and without `v1/`.

Clerk's Python client has `v1` in its base URL; its JavaScript client and the helper `verify_token`
leave it out.
"""

from __future__ import annotations

from django.urls import include, path

from apikeys.api.documents import document_urls
from apikeys.dialects.clerk.errors import refused
from apikeys.dialects.clerk.views import ApiKeyViewSet, VerifyViewSet

__all__ = ["app_name", "documented", "refused", "title", "urlpatterns"]

app_name = "clerk"
title = "Clerk's API Keys API, spoken by keyservice"

_KEY = "api_keys/<str:key_id>"
_KEYS = ApiKeyViewSet.as_view({"get": "page", "post": "create"})
_ONE = ApiKeyViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})

_operations = [
    path("api_keys", _KEYS),
    path("api_keys/verify", VerifyViewSet.as_view({"post": "verify"})),
    path(_KEY, _ONE),
    # No HEAD: it would count as a read of the secret, and show nothing.
    path(f"{_KEY}/secret", ApiKeyViewSet.as_view({"get": "secret"}, http_method_names=["get"])),
    path(f"{_KEY}/revoke", ApiKeyViewSet.as_view({"post": "revoke"})),
]
documented = [path("v1/", include(_operations))]
urlpatterns = [*_operations, *documented, *document_urls(app_name)]
