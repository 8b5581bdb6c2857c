"""Clerk's API Keys API: addresses below the mount."""

from __future__ import annotations

from apikeys.api.documents import document_urls
from apikeys.api.problems import refused

__all__ = ["app_name", "refused", "title", "urlpatterns"]

app_name = "clerk"
title = "Clerk's API Keys API, spoken by keyservice"

urlpatterns = [*document_urls(app_name)]
