"""System checks: what is wrong with the settings, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from apikeys.conf import NAMES, Settings, ring, settings
from apikeys.domain.addresses import clean_network
from apikeys.domain.keyrings import BadKey, WeakKey
from apikeys.domain.minting import PREFIX_RULE


@register()
def check_names(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """apikeys.E001: APIKEYS has a name we do not know."""
    given = getattr(django_settings, "APIKEYS", {})
    return [
        Error(f'APIKEYS has no setting "{name}".', hint=_hint(name), id="apikeys.E001")
        for name in given
        if name not in NAMES
    ]


@register()
def check_keys(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """apikeys.E002: the key ring cannot be read or is weak. W001: it comes from SECRET_KEY."""
    try:
        ring()
    except (BadKey, WeakKey) as error:
        return [Error(f'APIKEYS["KEYS"]: {error}', id="apikeys.E002")]
    if settings.KEYS:
        return []
    return [
        Warning(
            "The key ring is derived from SECRET_KEY: changing that makes every key unknown.",
            hint='Set APIKEYS["KEYS"], or keep old values in SECRET_KEY_FALLBACKS.',
            id="apikeys.W001",
        )
    ]


@register()
def check_values(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """apikeys.E003: a setting has a value of the wrong kind."""
    problems = [*_wrong_numbers(), *_wrong_switches(), *_wrong_networks()]
    if not PREFIX_RULE.fullmatch(str(settings.DEFAULT_PREFIX)):
        problems.append("DEFAULT_PREFIX takes 2 to 12 lower-case letters and digits.")
    return [Error(f"APIKEYS: {problem}", id="apikeys.E003") for problem in problems]


@register(Tags.database)
def check_triggers(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """apikeys.E004: an unsupported database. W002: the audit triggers are missing."""
    from apikeys.models import triggers

    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor not in ("postgresql", "sqlite"):
            found.append(Error("Use PostgreSQL or SQLite.", obj=alias, id="apikeys.E004"))
        elif triggers.are_wanted() and triggers.TABLE in connection.introspection.table_names():
            found += [
                Warning(
                    f"The audit trigger {name} is missing on database {alias}.",
                    hint="Run: manage.py migrate",
                    id="apikeys.W002",
                )
                for name in triggers.missing(connection)
            ]
    return found


@register(Tags.database)
def check_trigrams(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """apikeys.W003: PostgreSQL finds a part of a name only by reading every name."""
    from apikeys.models import trigrams

    return [
        Warning(
            f"Searching for a part of a name is slow on database {alias}: it lacks an index.",
            hint=f"Run as a role that may: {'; '.join(statements)};",
            id="apikeys.W003",
        )
        for alias in databases or ()
        if connections[alias].vendor == "postgresql"
        if (statements := tuple(trigrams.missing(connections[alias])))
    ]


def _hint(name: str) -> str:
    close = difflib.get_close_matches(name, NAMES, 1)
    return f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(sorted(NAMES))}."


def _wrong_numbers() -> list[str]:
    whole = [item.name for item in fields(Settings) if item.type == "int"]
    return [
        f"{name} takes a whole number of at least 0."
        for name in whole
        if type(getattr(settings, name)) is not int or getattr(settings, name) < 0
    ]


def _wrong_switches() -> list[str]:
    switches = [item.name for item in fields(Settings) if item.type == "bool"]
    return [
        f"{name} takes True or False."
        for name in switches
        if not isinstance(getattr(settings, name), bool)
    ]


def _wrong_networks() -> list[str]:
    problems = []
    for network in settings.TRUSTED_PROXIES:
        try:
            clean_network(network)
        except ValueError as error:
            problems.append(f"TRUSTED_PROXIES: {error}")
    return problems
