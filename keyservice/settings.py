"""Django's settings for the service, all from the environment; see `keyservice.environment`."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from apikeys.domain.keyrings import Label, subkey
from keyservice.data_directory import STATIC_NAME
from keyservice.environment import read_environment
from keyservice.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = read_environment()

DEBUG = ENVIRONMENT.debug
ROOT_URLCONF = "keyservice.urls"
WSGI_APPLICATION = "keyservice.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Derived, so that there is one secret to keep and one way to rotate it.
SECRET_KEY, *SECRET_KEY_FALLBACKS = [
    subkey(entry, Label.DJANGO_SECRET).hex() for entry in ENVIRONMENT.key_ring.entries
]

APIKEYS = {
    "KEYS": ENVIRONMENT.keys.reveal(),
    "REDIS_URL": ENVIRONMENT.redis_url.reveal() if ENVIRONMENT.redis_url else "",
    "TRUSTED_PROXIES": ENVIRONMENT.trusted_proxies,
    "CLERK_RECOVERABLE": ENVIRONMENT.clerk_recoverable,
    "PLAYBOOK_ANONYMOUS_CREATE": ENVIRONMENT.playbook_anonymous_create,
    "PLAYBOOK_GRACE_SECONDS": ENVIRONMENT.playbook_grace_seconds,
}

SERVICE_CLIENTS = {"ISSUERS": ENVIRONMENT.public_urls}

INSTALLED_APPS = [
    "apikeys",  # before the apps whose templates it replaces
    "clients",
    "keyservice",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    # What every answer needs, also those that the middleware below gives by itself.
    "apikeys.api.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "keyservice.browsers.ContentPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Inside of those, because it puts answers of its own in place of others.
    "apikeys.api.outside.ProblemsEverywhere",
    # Before anything that could echo, log or redirect a URL.
    "apikeys.api.credentials_in_urls.NoCredentialsInURL",
    "keyservice.heads.PlainTargets",
    "apikeys.api.bodies.MeasuredBody",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "keyservice.browsers.Pages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Storage

DATABASES = {"default": ENVIRONMENT.database}
CACHES = {"default": ENVIRONMENT.cache}
STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.data_dir / STATIC_NAME
STORAGES = {"staticfiles": {"BACKEND": "keyservice.static_files.CollectedStorage"}}
# The largest body that the API takes is 256 KiB. A little more here, so that the API itself can
# say which of its limits was passed.
DATA_UPLOAD_MAX_MEMORY_SIZE = 320 * 1024

# People

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENVIRONMENT.is_https
# In the session, since the default puts messages into a cookie first.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# The browser

ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.public_urls)
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if ENVIRONMENT.is_https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# The API

REST_FRAMEWORK = {
    "DEFAULT_PARSER_CLASSES": ["apikeys.api.strict_json.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    # Nobody, as there is no one to authenticate: a view that forgets to say who may is closed.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "apikeys.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "keyservice",
    "DESCRIPTION": "Issue, verify, rotate and revoke API keys.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    # Choices stand where they are used: names made up for them would change with their order.
    "POSTPROCESSING_HOOKS": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Reports of errors, Django's own page for developers included: without bodies and variables.
DEFAULT_EXCEPTION_REPORTER_FILTER = "apikeys.admin.pages.DiscreetFilter"

LOGGING = logging_config(ENVIRONMENT.log_level)
