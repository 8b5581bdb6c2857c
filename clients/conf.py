"""The settings of this app: one dict `SERVICE_CLIENTS` in the project's settings, all optional.

Read when used: `from clients.conf import settings`, `settings.TOKEN_SECONDS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default.

    ISSUERS: the origins under which this service is reached (`https://keys.example.com`), the
    canonical one first: it is the `iss` of tokens, and clients sign for any of them. Empty: no
    token is issued or taken.
    TOKEN_SECONDS: life of an access token that the service issues.
    SECRET_ATTEMPTS_PER_MINUTE: wrong client secrets or assertions, by client and by address, after
    which the token endpoint answers 429.
    KEY_AGE_WARNING_DAYS: after which an access key counts as old, and one without use as unused.
    """

    ISSUERS: tuple[str, ...] = ()
    TOKEN_SECONDS: int = 3600
    SECRET_ATTEMPTS_PER_MINUTE: int = 10
    KEY_AGE_WARNING_DAYS: int = 90


NAMES = frozenset(item.name for item in fields(Settings))


@dataclass(slots=True)
class _Namespace:
    """Attribute access to the current settings; forgets them when Django's settings change."""

    _current: Settings | None = field(default=None, repr=False)

    def __getattr__(self, name: str) -> Any:
        if self._current is None:
            given = getattr(django_settings, "SERVICE_CLIENTS", {})
            self._current = Settings(**{key: given[key] for key in given if key in NAMES})
        return getattr(self._current, name)

    def forget(self) -> None:
        self._current = None


settings = _Namespace()


def _forget(*, setting: str, **_: object) -> None:
    if setting == "SERVICE_CLIENTS":
        settings.forget()


setting_changed.connect(_forget, dispatch_uid="clients.conf")
