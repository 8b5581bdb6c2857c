"""A project that knows tokens."""

from __future__ import annotations

from benchmarks.peers.database import databases

SECRET_KEY = "benchmark"  # noqa: S105 - nothing is signed with it
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.peers.oauth_toolkit.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "oauth2_provider"]
MIDDLEWARE: list[str] = []
DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
OAUTH2_PROVIDER = {"SCOPES": {"orders:read": "Read orders", "introspection": "Ask about tokens"}}
