"""Authress' form of the token endpoint: addresses below `api/authentication/oauth/`."""

from __future__ import annotations

from django.urls import path

from clients.oauth.errors import refused_to_authress as refused
from clients.oauth.views import PlainTokenView

__all__ = ["app_name", "refused", "title", "urlpatterns"]

app_name = "authress-oauth"
title = "Authress' token endpoint"

urlpatterns = [path("tokens", PlainTokenView.as_view(), name="tokens")]
