"""Addresses below `.well-known/`."""

from __future__ import annotations

from django.urls import path

from clients.oauth.documents import server_metadata, service_keys

urlpatterns = [
    path("oauth-authorization-server", server_metadata, name="oauth-metadata"),
    path("openid-configuration", server_metadata, name="openid-configuration"),
    path("openid-configuration/jwks", service_keys, name="jwks"),
]
