"""The shapes of Clerk's bodies and answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from apikeys.api.fields import KindField, shape
from apikeys.api.openapi import Failures
from apikeys.dialects.clerk import wire
from apikeys.domain import asking
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.kinds import Choice, Count, Flag, Kind, Text
from apikeys.domain.structures import Json
from apikeys.operations.reasons import REASON


def _answered(kind: Kind, note: str = "", **kwargs: Any) -> KindField:
    return KindField(kind, note, read_only=True, **kwargs)


def _later(note: str = "milliseconds since 1970") -> KindField:
    return _answered(Count(), note, allow_null=True)


_OBJECT, _ID = Choice((wire.OBJECT,)), Text(35)
_KEY = {
    "object": _answered(_OBJECT),
    "id": _answered(_ID, "`ak_` and 32 hex digits"),
    "type": _answered(_OBJECT),
    "subject": _answered(ATTRIBUTES["subject"].kind),
    "name": _answered(ATTRIBUTES["name"].kind),
    "description": _answered(ATTRIBUTES["description"].kind, allow_null=True),
    "claims": _answered(ATTRIBUTES["claims"].kind, allow_null=True),
    "scopes": _answered(ATTRIBUTES["scopes"].kind),
    "revoked": _answered(Flag()),
    "revocation_reason": _answered(REASON, allow_null=True),
    "expired": _answered(Flag()),
    "expiration": _later(),
    "created_by": _answered(ATTRIBUTES["created_by"].kind, allow_null=True),
    "last_used_at": _later(),
    "created_at": _answered(Count(), "milliseconds since 1970"),
    "updated_at": _answered(Count(), "milliseconds since 1970"),
}
Key = shape("Key", [], parts=_KEY)
IssuedKey = shape("IssuedKey", [], parts={**_KEY, "secret": _answered(Text(512), "this once")})
KeyPage = shape(
    "KeyPage",
    [],
    data=Key(many=True, read_only=True),
    total_count=_answered(Count(), "of all that match"),
)
_NULLABLE = {name for name, attribute in wire.CHANGEABLE.items() if attribute.nullable}
NewKey = shape(
    "NewKey",
    [],
    parts={
        name: KindField(
            kind,
            required=name in wire.REQUIRED,
            allow_null=name in _NULLABLE | {"created_by"},
        )
        for name, kind in wire.CREATION.items()
    },
)
KeyRevision = shape("KeyRevision", wire.CHANGEABLE.values(), partial=True)
Revocation = shape(
    "Revocation", [], revocation_reason=KindField(REASON, required=False, allow_null=True)
)
Secret = shape("Secret", [], secret=_answered(Text(512)))
DeletedKey = shape(
    "DeletedKey",
    [],
    object=_answered(_OBJECT),
    id=_answered(_ID),
    deleted=_answered(Flag(), "always true"),
)
Verification = shape("Verification", [], secret=KindField(asking.Presented()))

ErrorItem = shape(
    "ErrorItem",
    [],
    message=_answered(Text(4000)),
    long_message=_answered(Text(4000)),
    code=_answered(Text(64)),
    meta=KindField(Json(1024, mapping=True), "names the bad field", required=False),
)
Errors = shape(
    "Errors",
    [],
    errors=ErrorItem(many=True, read_only=True),
    clerk_trace_id=_answered(Text(64), "the request id", allow_null=True),
)
FAILURES = Failures(
    Errors,
    statuses=(400, 401, 403, 404, 405, 413, 415, 429, 500),
    notes={
        400: "A member or parameter breaks a rule, or the state of the key does not allow this.",
        404: "No such key, or it is another tenant's; of a verify: no key in force has the secret.",
        429: "A limit is reached, or it cannot be decided at the moment; see `Retry-After`.",
    },
)
