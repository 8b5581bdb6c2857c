"""Mixpeek's organisation keys: addresses below the mount.

User and key name are percent-encoded by the client, slashes included, and the server decodes them
before anything is routed. So the user ends at the first `/api-keys`, and the name is all the rest.
"""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from apikeys.api.documents import document_urls
from apikeys.dialects.mixpeek.errors import refused
from apikeys.dialects.mixpeek.views import KeyViewSet

__all__ = ["app_name", "documented", "refused", "title", "urlpatterns"]

app_name = "mixpeek"
title = "Mixpeek's organisation keys, spoken by keyservice"


class UserConverter(StringConverter):
    """Any text, and as little of it as the rest of the address allows."""

    regex = ".+?"


class NameConverter(StringConverter):
    """Any text at all: one that does not fit would have each `/api-keys` tried as the user's end,
    which takes the square of their number.
    """

    regex = "(?s:.+)"


register_converter(UserConverter, "mixpeek_user")
register_converter(NameConverter, "mixpeek_name")

_keys = KeyViewSet.as_view({"get": "list", "post": "create"})
_USER = "v1/organizations/users/<mixpeek_user:user_email>/api-keys"
_USER_TOLD = "v1/organizations/users/<str:user_email>/api-keys"

urlpatterns = [
    # A rotation is told from a key whose name ends in /rotate by its method alone: one address.
    path(
        f"{_USER}/<mixpeek_name:key_name>",
        KeyViewSet.as_view({"patch": "partial_update", "delete": "destroy", "post": "rotate"}),
    ),
    path(_USER, _keys),
    *document_urls(app_name),
]
documented = [
    path(_USER_TOLD, _keys),
    path(
        f"{_USER_TOLD}/<str:key_name>",
        KeyViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
    ),
    path(f"{_USER_TOLD}/<str:key_name>/rotate", KeyViewSet.as_view({"post": "rotate"})),
]
