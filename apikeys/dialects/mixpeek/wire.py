"""Mixpeek's names and shapes for a key, in both directions.

Its client reads enums strictly: a word it does not know breaks the whole answer. Such words are
left out of what is shown, and stay where they are when the field around them is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from rest_framework.request import Request

from apikeys.dialects.mixpeek import schemas
from apikeys.domain.cleaning import Values, clean_members
from apikeys.domain.errors import InvalidInput
from apikeys.domain.lifecycle import Status
from apikeys.domain.secret import Undisclosed
from apikeys.models import ApiKey
from apikeys.models.shown import shown
from apikeys.operations.fingerprints import key_hash

_SAME = (
    *("name", "description", "key_type", "key_prefix", "status", "permissions", "allowed_origins"),
    *("subscription_id", "created_at", "created_by", "last_used_at", "expires_at"),
    *("revoked_at", "revoked_by"),
)
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "id": "key_id",
        "tenant": "organization_id",
        "subject": "user_id",
        "resource_scopes": "scopes",
        "requests_per_minute": "rate_limit_override",
        "metadata": "principal_id",
        **{name: name for name in _SAME},
    }
)
# Any other is `revoked`: held keys do not work either, and there is no better word.
_STATUS_WORDS: Mapping[Status, str] = MappingProxyType(
    {
        Status.ACTIVE: "active",
        Status.ROTATING: "active",
        Status.DEPRECATED: "active",
        Status.EXPIRED: "expired",
    }
)
# To Mixpeek an empty list means no restriction. What is restricted to nothing is shown as these,
# which allow nothing either: a scope without operations, and an origin that no page can have.
NO_RESOURCE = {"resource_type": "organization", "resource_id": "*", "operations": []}
NO_ORIGIN = "https://nowhere.invalid"

_Scope = Mapping[str, Any]


def rendered(key: ApiKey, now: datetime) -> dict[str, Any]:
    """A key read with `whole()` as an APIKeyModel."""
    told = shown(key, now)
    key_type, origins = told["key_type"], told["allowed_origins"]
    principal = key.metadata.get("principal_id")
    special = {
        "key_hash": key_hash(key),
        "key_type": "standard" if key_type not in schemas.KEY_TYPES else key_type,
        "is_internal": False,
        "internal_id": told["tenant"],
        "scopes": _scopes_shown(key.resource_scopes),
        "status": _STATUS_WORDS.get(key.status(now), "revoked"),
        "allowed_origins": [NO_ORIGIN] if origins is not None and not origins else origins,
        "principal_id": principal if isinstance(principal, str) else None,
    }
    return Undisclosed({**{theirs: told[ours] for ours, theirs in NAMES.items()}, **special})


def new_key(body: Mapping[str, object]) -> Values:
    """The body of a create by native names. Raises `InvalidInput` by Mixpeek's names."""
    given = clean_members(body, schemas.NEW_KEY, ("name",))
    return {"permissions": ("read", "write", "delete"), **_native(given)}


def revision(body: Mapping[str, object]) -> Values:
    """The cleaned members of an update, by Mixpeek's names; null means something in one only."""
    given = clean_members(body, schemas.REVISION)
    if "expires_at" in body:
        given.setdefault("expires_at", None)
    return given


def changes(given: Mapping[str, Any], key: ApiKey) -> Values:
    """What a cleaned update makes of the key, by native names."""
    return _native(given, key.resource_scopes or ())


def flag(request: Request, name: str) -> bool:
    """A parameter of the query as the client writes booleans; false if it is absent."""
    match request.query_params.get(name, "false"):
        case "true":
            return True
        case "false":
            return False
        case _:
            raise InvalidInput.at(f"/{name}", "not_boolean", "Give true or false.")


def _native(given: Mapping[str, Any], held: Iterable[_Scope] = ()) -> Values:
    translated: Values = {}
    for name, value in given.items():
        match name:
            case "scopes":
                translated["resource_scopes"] = _scopes_meant(value, held)
            case "allowed_origins":
                translated[name] = [it for it in value if it != NO_ORIGIN] if value else None
            case "rate_limit_override":
                translated["requests_per_minute"] = value
            case "principal_id":
                translated["metadata"] = {"principal_id": value}
            case _:
                translated[name] = value
    return translated


def _scopes_shown(held: Iterable[_Scope] | None) -> list[_Scope]:
    if held is None:
        return []
    return [told for scope in held if (told := _sayable(scope))] or [NO_RESOURCE]


def _scopes_meant(asked: Iterable[_Scope], held: Iterable[_Scope]) -> list[_Scope] | None:
    """Null for an empty list, which is global; else what was asked, and what was not shown."""
    if not asked:
        return None
    nothing = {**NO_RESOURCE, "operations": ()}
    wanted = [scope for scope in asked if scope != nothing]
    return wanted + [left for scope in held if (left := _unsayable(scope))]


def _sayable(scope: _Scope) -> _Scope | None:
    """The part of a scope that the strict client takes."""
    if _is_foreign(scope):
        return None
    operations = scope.get("operations")
    if operations is None:
        return scope
    known = [it for it in operations if it in schemas.OPERATIONS]
    return {**scope, "operations": known} if known or not operations else None


def _unsayable(scope: _Scope) -> _Scope | None:
    if _is_foreign(scope):
        return scope
    strange = [it for it in scope.get("operations") or () if it not in schemas.OPERATIONS]
    return {**scope, "operations": strange} if strange else None


def _is_foreign(scope: _Scope) -> bool:
    too_long = len(scope["resource_id"]) > schemas.RESOURCE_ID_LENGTH_MAX
    return too_long or scope["resource_type"] not in schemas.RESOURCE_TYPES
