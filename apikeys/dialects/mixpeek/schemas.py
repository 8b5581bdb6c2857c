"""The kinds of Mixpeek's fields, with its own bounds, and the shapes of bodies and answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from apikeys.api.fields import KindField, shape
from apikeys.api.openapi import Failures
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.kinds import Choice, Count, Flag, Instant, Items, Kind, Text
from apikeys.domain.scopes import PERMISSION
from apikeys.domain.structures import Json, Record

KEY_TYPES = ("standard", "marketplace_subscription")
STATUSES = ("active", "revoked", "expired")
RESOURCE_TYPES = (
    *("organization", "user", "api_key", "namespace", "collection", "document", "bucket"),
    *("retriever", "cluster", "taxonomy", "storage_connection", "alert", "annotation"),
    *("secret", "webhook"),
)
OPERATIONS = (
    *("read_data", "write_data", "delete_data", "execute_retriever", "create_retriever"),
    *("delete_retriever", "execute_job", "cancel_job", "create_cluster", "delete_cluster"),
    *("modify_cluster", "modify_infrastructure", "manage_permissions"),
)
RESOURCE_ID_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True)
class Moment:
    """A time; one without an offset is UTC, for so the client sends a naive `datetime`."""

    label: str = "time"
    _naive = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?")

    def clean(self, value: object) -> datetime:
        naive = isinstance(value, str) and self._naive.fullmatch(value)
        return Instant().clean(f"{value}Z" if naive else value)

    def schema(self) -> dict[str, Any]:
        return Instant().schema()


_WORD = Text(255)
_SCOPE = Record(
    members={
        "resource_type": Choice(RESOURCE_TYPES),
        "resource_id": Text(RESOURCE_ID_LENGTH_MAX, min_length=1),
        "operations": Items(Choice(OPERATIONS)),
    },
    required=("resource_type", "resource_id"),
    build=dict,
    label="resource scope",
)
_ORIGINS = ATTRIBUTES["allowed_origins"].kind
_GIVEN: Mapping[str, Kind] = {
    "name": Text(100, min_length=1),
    "description": Text(500, multiline=True),
    "permissions": Items(PERMISSION),
    "scopes": Items(_SCOPE),
    "rate_limit_override": Count(1),
    "expires_at": Moment(),
    "allowed_origins": _ORIGINS,
}
NEW_KEY: Mapping[str, Kind] = MappingProxyType({**_GIVEN, "principal_id": Text(255, min_length=1)})
REVISION: Mapping[str, Kind] = MappingProxyType({**_GIVEN, "status": Choice(STATUSES)})
QUERY: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {
        "list": {"include_revoked": Flag(), "include_session_keys": Flag()},
        "destroy": {"force": Flag()},
    }
)
_SHOWN: Mapping[str, Kind] = {
    "key_id": _WORD,
    "key_hash": Text(64),
    "key_prefix": Text(10),
    "key_type": Choice(KEY_TYPES),
    "is_internal": Flag(),
    "internal_id": _WORD,
    "organization_id": _WORD,
    "user_id": _WORD,
    "name": Text(200),
    "description": Text(1000),
    "permissions": Items(PERMISSION),
    "scopes": Items(_SCOPE),
    "status": Choice(STATUSES),
    "created_at": Instant(),
    "created_by": _WORD,
}
_SHOWN_OR_NULL: Mapping[str, Kind] = {
    "subscription_id": _WORD,
    "rate_limit_override": Count(),
    "expires_at": Instant(),
    "last_used_at": Instant(),
    "revoked_at": Instant(),
    "revoked_by": _WORD,
    "allowed_origins": _ORIGINS,
    "principal_id": Text(16384),
}


def _answered(kinds: Mapping[str, Kind], *, allow_null: bool = False) -> dict[str, Any]:
    return {
        name: KindField(it, read_only=True, allow_null=allow_null) for name, it in kinds.items()
    }


def _taken(kinds: Mapping[str, Kind], *required: str) -> dict[str, KindField]:
    return {
        name: KindField(kind, required=name in required, allow_null=name not in required)
        for name, kind in kinds.items()
    }


_KEY = {**_answered(_SHOWN), **_answered(_SHOWN_OR_NULL, allow_null=True)}
Key = shape("APIKeyModel", [], parts=_KEY)
IssuedKey = shape("APIKeyCreateResponse", [], parts={**_KEY, **_answered({"key": Text(512)})})
NewKey = shape("APIKeyCreateRequest", [], parts=_taken(NEW_KEY, "name"))
KeyRevision = shape("APIKeyUpdateRequest", [], parts=_taken(REVISION))
Keys = shape("APIKeyList", [], results=Key(many=True), **_answered({"total": Count()}))
Done = shape("GenericSuccessResponse", [], **_answered({"message": Text(255), "success": Flag()}))
Detail = shape(
    "ErrorDetail",
    [],
    **_answered({"message": _WORD, "type": _WORD, "code": _WORD, "details": Json(65536, True)}),
)
Error = shape(
    "ErrorResponse", [], error=Detail(), **_answered({"success": Flag(), "status": Count()})
)
FAILURES = Failures(
    Error,
    statuses=(400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503),
    notes={
        400: "A credential is in the URL, or a key is past what was asked.",
        409: "The name is taken, or applications use the key.",
        412: "The key was changed by somebody else at the same moment.",
        422: "A field, parameter or the JSON itself breaks a rule; see `validation_errors`.",
    },
)
