"""PlaybookMedia's API keys: addresses below the mount."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from apikeys.api.documents import document_urls
from apikeys.dialects.playbook.errors import refused
from apikeys.dialects.playbook.serving import PlaybookViewSet
from apikeys.dialects.playbook.views import KeyViewSet, TenantKeyViewSet

__all__ = ["app_name", "documented", "refused", "title", "urlpatterns"]

app_name = "playbook"
title = "PlaybookMedia's API keys, spoken by keyservice"

_KEYS = "lead-scraper-microservice/api/v1/api-keys"
_TENANT_KEYS = "lead-scraper-microservice/api/v1/organizations/tenants/api-keys"

_ALL: dict[str, Any] = {"post": "create", "put": "update"}
_ONE: dict[str, Any] = {"get": "retrieve", "delete": "destroy"}


class KeyIdConverter(StringConverter):
    """Anything: an encoded slash or line feed too makes a malformed id, not another address."""

    regex = r"[\s\S]+"


register_converter(KeyIdConverter, "playbook_key")


def _addresses(root: str, views: type[PlaybookViewSet], key_id: str) -> list[URLPattern]:
    """The words before the ids, which would match them."""
    return [
        path(root, views.as_view(_ALL)),
        path(f"{root}/list", views.as_view({"get": "page"})),
        path(f"{root}/rotate", views.as_view({"post": "rotate"})),
        path(f"{root}/{key_id}", views.as_view(_ONE)),
    ]


def _operations(key_id: str) -> list[URLPattern]:
    return [
        *_addresses(_KEYS, KeyViewSet, key_id),
        *_addresses(_TENANT_KEYS, TenantKeyViewSet, key_id),
    ]


documented = _operations("<str:key_id>")
urlpatterns = [*_operations("<playbook_key:key_id>"), *document_urls(app_name)]
