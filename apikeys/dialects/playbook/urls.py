"""PlaybookMedia's API keys: addresses below the mount."""

from __future__ import annotations

from apikeys.api.documents import document_urls
from apikeys.api.problems import refused

__all__ = ["app_name", "refused", "title", "urlpatterns"]

app_name = "playbook"
title = "PlaybookMedia's API keys, spoken by keyservice"

urlpatterns = [*document_urls(app_name)]
