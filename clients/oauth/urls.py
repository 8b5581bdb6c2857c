"""OAuth: addresses below `oauth/`."""

from __future__ import annotations

from django.urls import path

from clients.oauth.errors import refused
from clients.oauth.views import IntrospectionView, RevocationView, TokenView

__all__ = ["app_name", "refused", "title", "urlpatterns"]

app_name = "oauth"
title = "OAuth 2.0 for service clients"

urlpatterns = [
    path("token", TokenView.as_view(), name="token"),
    path("introspect", IntrospectionView.as_view(), name="introspect"),
    path("revoke", RevocationView.as_view(), name="revoke"),
]
