"""PlaybookMedia's API keys: addresses below the mount."""

from __future__ import annotations

from typing import Any

from django.urls import path

from apikeys.api.documents import document_urls
from apikeys.dialects.playbook.errors import refused
from apikeys.dialects.playbook.views import KeyViewSet, TenantKeyViewSet

__all__ = ["app_name", "documented", "refused", "title", "urlpatterns"]

app_name = "playbook"
title = "PlaybookMedia's API keys, spoken by keyservice"

_KEYS = "lead-scraper-microservice/api/v1/api-keys"
_TENANT_KEYS = "lead-scraper-microservice/api/v1/organizations/tenants/api-keys"

_ALL: dict[str, Any] = {"post": "create", "put": "update"}
_ONE: dict[str, Any] = {"get": "retrieve", "delete": "destroy"}

# The words before the ids, which would match them.
documented = [
    path(_KEYS, KeyViewSet.as_view(_ALL)),
    path(f"{_KEYS}/list", KeyViewSet.as_view({"get": "list"})),
    path(f"{_KEYS}/rotate", KeyViewSet.as_view({"post": "rotate"})),
    path(f"{_KEYS}/<str:key_id>", KeyViewSet.as_view(_ONE)),
    path(_TENANT_KEYS, TenantKeyViewSet.as_view(_ALL)),
    path(f"{_TENANT_KEYS}/list", TenantKeyViewSet.as_view({"get": "list"})),
    path(f"{_TENANT_KEYS}/rotate", TenantKeyViewSet.as_view({"post": "rotate"})),
    path(f"{_TENANT_KEYS}/<str:key_id>", TenantKeyViewSet.as_view(_ONE)),
]
urlpatterns = [*documented, *document_urls(app_name)]
