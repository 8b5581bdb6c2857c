"""The settings of this app: one dict `APIKEYS` in the project's settings, all keys optional.

Read when used, never at import: `from apikeys.conf import settings`, `settings.REVEAL_SECONDS`.
`override_settings(APIKEYS={...})` takes effect in place. Unknown names are a system check error.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from apikeys.domain.keyrings import KeyRing, RootKey, parse_ring


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default.

    KEYS: root of the key rings, base64url or hex entries of at least 32 bytes separated by commas
    or white space; the first writes, all read. Empty: derived from Django's SECRET_KEY and
    SECRET_KEY_FALLBACKS (check apikeys.W001).
    DEFAULT_PREFIX: first part of a minted secret, unless the tenant or the call names another.
    TRUSTED_PROXIES: networks of the proxies whose X-Forwarded-For, X-Forwarded-Proto and
    Client-Cert fields count.
    REVEAL_SECONDS: life of a one-time reveal page.
    IDEMPOTENCY_SECONDS: how long an Idempotency-Key is remembered.
    IDEMPOTENCY_SECRET_SECONDS: how long a replay still contains the secret.
    IDEMPOTENCY_LEASE_SECONDS: after which an unfinished request counts as dead.
    RETENTION_DAYS: how long a deleted key can be restored before it is purged.
    USAGE_RETENTION_DAYS: how long the hourly counts of usage and of refused verifies are kept; the
    totals of a key stay with it.
    GRACE_SECONDS: how long a rotated secret goes on working unless the call says otherwise.
    RECOVERABLE_READS_PER_HOUR: reads of one recoverable secret within an hour.
    AUDIT_TRIGGERS: whether the database itself refuses to change audit rows; None: everywhere but
    in test databases.
    CLERK_RECOVERABLE: whether keys made through Clerk's dialect keep a sealed copy of their secret,
    which its call to read a secret needs.
    PLAYBOOK_GRACE_SECONDS: how long the old secret works after a rotation through Playbook's
    dialect.
    PLAYBOOK_ANONYMOUS_CREATE: whether Playbook's create calls are served without a credential, as
    its published client sends them.
    REDIS_URL: Redis or Valkey that all processes of this project count in, and nobody else, as
    redis://, rediss://, unix:// or redis+cluster://. Empty: the database counts, which is exact and
    slower.
    REDIS_TIMEOUT_MS: how long one answer of it is waited for, in milliseconds.
    CACHED_RECORDS: how many keys a process remembers between two verifies, where it may.
    REGISTER_ADMIN: whether the models appear in `django.contrib.admin.site`.
    """

    KEYS: str = field(default="", repr=False)
    DEFAULT_PREFIX: str = "ks"
    TRUSTED_PROXIES: tuple[str, ...] = ()
    REVEAL_SECONDS: int = 600
    IDEMPOTENCY_SECONDS: int = 86_400
    IDEMPOTENCY_SECRET_SECONDS: int = 600
    IDEMPOTENCY_LEASE_SECONDS: int = 60
    RETENTION_DAYS: int = 30
    USAGE_RETENTION_DAYS: int = 400
    GRACE_SECONDS: int = 0
    RECOVERABLE_READS_PER_HOUR: int = 10
    AUDIT_TRIGGERS: bool | None = None
    CLERK_RECOVERABLE: bool = True
    PLAYBOOK_GRACE_SECONDS: int = 86_400
    PLAYBOOK_ANONYMOUS_CREATE: bool = False
    REDIS_URL: str = field(default="", repr=False)
    REDIS_TIMEOUT_MS: int = 500
    CACHED_RECORDS: int = 100_000
    REGISTER_ADMIN: bool = True


NAMES = frozenset(item.name for item in fields(Settings))


@dataclass(slots=True)
class _Namespace:
    """Attribute access to the current settings; forgets them when Django's settings change."""

    _current: Settings | None = field(default=None, repr=False)

    def __getattr__(self, name: str) -> Any:
        if self._current is None:
            given = getattr(django_settings, "APIKEYS", {})
            self._current = Settings(**{key: given[key] for key in given if key in NAMES})
        return getattr(self._current, name)

    def forget(self) -> None:
        self._current = None


settings = _Namespace()


def ring() -> KeyRing:
    """The key ring that seals, digests and signs; see `KEYS`."""
    if settings.KEYS:
        return _parsed(settings.KEYS)
    return _derived((django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _parsed(text: str) -> KeyRing:
    return parse_ring(text)


@lru_cache(maxsize=8)
def _derived(secret_keys: tuple[str, ...]) -> KeyRing:
    return KeyRing(tuple(RootKey(_stretched(key)) for key in secret_keys))


def _stretched(secret_key: str) -> bytes:
    return hashlib.sha256(b"apikeys.ring|" + secret_key.encode()).digest()


def _forget(*, setting: str, **_: object) -> None:
    if setting in {"APIKEYS", "SECRET_KEY", "SECRET_KEY_FALLBACKS"}:
        settings.forget()


setting_changed.connect(_forget, dispatch_uid="apikeys.conf")
