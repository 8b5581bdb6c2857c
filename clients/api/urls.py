"""The native API's addresses for service clients, mounted beside those of `apikeys.api`."""

from __future__ import annotations

from django.urls import path

from clients.api.access_keys import AccessKeyViewSet
from clients.api.clients import ClientViewSet

app_name = "clients"

_CLIENT = "clients/<str:client_id>"

urlpatterns = [
    path("clients", ClientViewSet.as_view({"get": "list", "post": "create"}), name="clients"),
    path(
        _CLIENT,
        ClientViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="client",
    ),
    path(
        f"{_CLIENT}/access_keys",
        AccessKeyViewSet.as_view({"get": "list", "post": "create"}),
        name="access-keys",
    ),
    path(
        f"{_CLIENT}/access_keys/<str:key_id>",
        AccessKeyViewSet.as_view({"delete": "destroy"}),
        name="access-key",
    ),
]
