"""System checks: what is wrong with `SERVICE_CLIENTS`, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning, register

from clients.conf import NAMES, settings
from clients.domain.issuers import is_origin
from clients.domain.times import LIFE_SECONDS_MAX


@register()
def check_names(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """service_clients.E001: SERVICE_CLIENTS has a name we do not know."""
    known = ", ".join(sorted(NAMES))
    return [
        Error(
            f'SERVICE_CLIENTS has no setting "{name}".',
            hint=f"Known are: {known}.",
            id="service_clients.E001",
        )
        for name in getattr(django_settings, "SERVICE_CLIENTS", {})
        if name not in NAMES
    ]


@register()
def check_values(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """service_clients.E002: a value cannot be used. W001: without ISSUERS no token works."""
    problems = [*_wrong_numbers(), *_wrong_issuers()]
    found: list[CheckMessage] = [
        Error(f"SERVICE_CLIENTS: {problem}", id="service_clients.E002") for problem in problems
    ]
    if not settings.ISSUERS:
        found.append(
            Warning(
                "SERVICE_CLIENTS has no ISSUERS, so no token is issued or taken.",
                hint="Name the origins under which this project is reached.",
                id="service_clients.W001",
            )
        )
    return found


def _wrong_numbers() -> list[str]:
    highest = {
        "TOKEN_SECONDS": LIFE_SECONDS_MAX,
        "SECRET_ATTEMPTS_PER_MINUTE": 1000,
        "KEY_AGE_WARNING_DAYS": 3650,
    }
    return [
        f"{name} takes a whole number from 1 to {most}."
        for name, most in highest.items()
        if type(getattr(settings, name)) is not int or not 1 <= getattr(settings, name) <= most
    ]


def _wrong_issuers() -> list[str]:
    return [
        f"ISSUERS takes origins such as https://keys.example.com, not {issuer!r}."
        for issuer in settings.ISSUERS
        if not is_origin(issuer)
    ]
