"""The same views twice: as a surface below `api/`, and below `other/` as mere pages."""

from __future__ import annotations

from django.urls import include, path

from tests.apikeys.api import throwaway_surface

urlpatterns = [
    path("api/", include("tests.apikeys.api.throwaway_surface")),
    path("other/", include(throwaway_surface.urlpatterns)),
]
