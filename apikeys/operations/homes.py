"""Putting attribute values into the tables they live in, and reading them back as one mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from apikeys.domain.attributes import ATTRIBUTES, Home, Written
from apikeys.domain.scopes import ResourceScope
from apikeys.models import AccessPolicy, ApiKey, KeyDetails, KeyLabel, UsageLimits
from apikeys.models.ledger import credits_left
from apikeys.operations.reaching import utc_now

_COMPANIONS: dict[Home, type[models.Model]] = {
    Home.POLICY: AccessPolicy,
    Home.LIMITS: UsageLimits,
    Home.DETAILS: KeyDetails,
}
_LABELLED = {"tags": KeyLabel.TAG, "scopes": KeyLabel.SCOPE}


def stored(values: Mapping[str, Any], home: Home) -> dict[str, Any]:
    """Those of `values` that live in `home`, in the form its columns take."""
    return {
        name: storable(value)
        for name, value in values.items()
        if name in ATTRIBUTES and ATTRIBUTES[name].home is home and ATTRIBUTES[name].shown
    }


def key_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the key itself; the name is kept a second time, folded for searching."""
    columns = stored(values, Home.KEY)
    return columns | ({"search_name": columns["name"].casefold()} if "name" in columns else {})


def storable(value: Any) -> Any:
    """Tuples become lists, resource scopes become objects; all else is kept."""
    if isinstance(value, tuple):
        return [item.as_json() if isinstance(item, ResourceScope) else item for item in value]
    return value


def current(key: ApiKey) -> dict[str, Any]:
    """Every writable attribute of the key as it is stored, defaults where no row exists."""
    return {
        name: _read(key, name)
        for name, attribute in ATTRIBUTES.items()
        if attribute.written is not Written.NEVER and attribute.shown and name != "tenant"
    }


def create_companions(key: ApiKey, values: Mapping[str, Any]) -> None:
    """The rows beside a new key. Details only when something differs from the defaults."""
    AccessPolicy.objects.create(key=key, **stored(values, Home.POLICY))
    UsageLimits.objects.create(key=key, **stored(values, Home.LIMITS))
    if any(values[name] != ATTRIBUTES[name].default for name in stored(values, Home.DETAILS)):
        KeyDetails.objects.create(key=key, **stored(values, Home.DETAILS))
    for name in _LABELLED:
        _label(key, name, values[name])


def write_changes(key: ApiKey, changes: Mapping[str, Any]) -> None:
    """Write just these attributes, each to its own table and column."""
    for home, companion in _COMPANIONS.items():
        columns = stored(changes, home)
        if columns:
            companion._default_manager.update_or_create(key=key, defaults=columns)
    columns = key_columns(changes)
    ApiKey.objects.filter(pk=key.pk).update(**columns)
    for name in _LABELLED.keys() & changes.keys():
        KeyLabel.objects.filter(key=key, kind=_LABELLED[name]).delete()
        _label(key, name, changes[name])


def _label(key: ApiKey, name: str, words: Iterable[str]) -> None:
    KeyLabel.objects.bulk_create(
        KeyLabel(key=key, kind=_LABELLED[name], value=word) for word in words
    )


def _read(key: ApiKey, name: str) -> Any:
    attribute = ATTRIBUTES[name]
    match attribute.home:
        case Home.POLICY:
            return getattr(key.policy, name)
        case Home.LIMITS if name == "credits":
            return credits_left(key, utc_now())
        case Home.LIMITS:
            return getattr(key.limits, name)
        case Home.DETAILS:
            details = getattr(key, "details", None)
            return storable(attribute.default) if details is None else getattr(details, name)
        case _:
            return getattr(key, name)
