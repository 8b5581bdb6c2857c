"""Authress' service clients: addresses below `v1/`, which is the issuer of their tokens too."""

from __future__ import annotations

from django.urls import path

from apikeys.api.documents import document_urls
from clients.dialects.authress.errors import refused
from clients.dialects.authress.views import AccessKeyViewSet, ClientViewSet
from clients.oauth.documents import ClientKeys

__all__ = ["app_name", "refused", "title", "urlpatterns"]

app_name = "authress"
title = "Authress' service clients, spoken by keyservice"

_CLIENT = "clients/<str:client_id>"

urlpatterns = [
    path("clients", ClientViewSet.as_view({"get": "list", "post": "create"}), name="clients"),
    path(
        f"{_CLIENT}/.well-known/openid-configuration/jwks", ClientKeys.as_view(), name="client-jwks"
    ),
    path(
        _CLIENT,
        ClientViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="client",
    ),
    path(
        f"{_CLIENT}/access-keys", AccessKeyViewSet.as_view({"post": "create"}), name="access-keys"
    ),
    path(
        f"{_CLIENT}/access-keys/<str:key_id>",
        AccessKeyViewSet.as_view({"delete": "destroy"}),
        name="access-key",
    ),
    *document_urls(app_name),
]
