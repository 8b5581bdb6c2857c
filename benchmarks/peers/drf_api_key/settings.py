"""A project that lets in who has a key."""

from __future__ import annotations

from benchmarks.peers.database import databases

SECRET_KEY = "benchmark"  # noqa: S105 - nothing is signed with it
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.peers.drf_api_key.urls"
INSTALLED_APPS = ["rest_framework", "rest_framework_api_key"]
MIDDLEWARE: list[str] = []
DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework_api_key.permissions.HasAPIKey"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
