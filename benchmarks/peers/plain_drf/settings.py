"""A project with keys of its own."""

from __future__ import annotations

from benchmarks.peers.database import databases

SECRET_KEY = "benchmark"  # noqa: S105 - nothing is signed with it
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.peers.plain_drf.urls"
INSTALLED_APPS = ["rest_framework", "benchmarks.peers.plain_drf"]
MIDDLEWARE: list[str] = []
DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "benchmarks.peers.plain_drf.authentication.KeyAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
