"""The mount table: which surface answers under which path."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from keyservice.health import livez, readyz
from keyservice.landing import landing
from keyservice.monitoring import metrics_page

urlpatterns = [
    path("api/v1/", include("apikeys.api.urls")),  # first, since it is asked for most
    path("", landing, name="landing"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics_page, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("clients.api.urls")),
    path("v1/", include("clients.dialects.authress.urls")),
    path("oauth/", include("clients.oauth.urls")),
    path("api/authentication/oauth/", include("clients.oauth.plain")),
    path(".well-known/", include("clients.oauth.well_known")),
    path("clerk/", include("apikeys.dialects.clerk.urls")),
    path("clerk/", include("clients.dialects.clerk.urls")),
    path("mixpeek/", include("apikeys.dialects.mixpeek.urls")),
    path("playbook/", include("apikeys.dialects.playbook.urls")),
]
