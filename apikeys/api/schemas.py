"""The shapes of bodies and answers, for the OpenAPI document.

They follow from the tables in `domain`; the operations judge the values.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apikeys.api.fields import KindField, shape, writable
from apikeys.domain import asking
from apikeys.domain.attributes import ATTRIBUTES, Written
from apikeys.domain.events import OBJECT_TYPES, Action
from apikeys.domain.kinds import Choice, Count, Flag, Instant, Number, Text
from apikeys.domain.structures import Json
from apikeys.domain.tenancy import TENANT_ATTRIBUTES
from apikeys.domain.verdict import Outcome
from apikeys.operations.reasons import GRACE, REASON

_SHOWN = [attribute for attribute in ATTRIBUTES.values() if attribute.shown]
_SECRET = Text(512)


def _part(kind: Any, note: str = "", **kwargs: Any) -> KindField:
    return KindField(kind, note=note, **kwargs)


def _answered(kind: Any, note: str = "", **kwargs: Any) -> KindField:
    return KindField(kind, note=note, read_only=True, **kwargs)


def _sometimes(kind: Any, note: str, **kwargs: Any) -> KindField:
    return KindField(kind, note=note, required=False, **kwargs)


Key = shape("Key", _SHOWN, shown=True)
NewKey = shape(
    "NewKey",
    [
        *writable(Written.ALWAYS, Written.CREATION),
        ATTRIBUTES["key_prefix"],
        ATTRIBUTES["key_hint"],
    ],
)
KeyRevision = shape("KeyRevision", writable(Written.ALWAYS), partial=True)
IssuedKey = shape(
    "IssuedKey",
    _SHOWN,
    shown=True,
    secret=_sometimes(_SECRET, "this once; absent for an imported key"),
    client_secret=_sometimes(_SECRET, "this once, if the key requires one"),
    secret_available=_sometimes(Flag(), "false in a replay that comes too late for the secret"),
)
RevisedKey = shape(
    "RevisedKey",
    _SHOWN,
    shown=True,
    client_secret=_sometimes(_SECRET, "this once, if the change made the key require one"),
)
RotatedKey = shape(
    "RotatedKey",
    _SHOWN,
    shown=True,
    secret=_sometimes(_SECRET, "this once"),
    previous_secret_expires_at=_answered(Instant()),
    secret_available=_sometimes(Flag(), "false in a replay that comes too late for the secret"),
)
RecoveredSecret = shape("RecoveredSecret", [], secret=_answered(_SECRET))
Reason = shape("Reason", [], reason=_part(REASON, required=False, allow_null=True))
Rotation = shape(
    "Rotation",
    [],
    grace_seconds=_part(GRACE, required=False, allow_null=True),
    reason=_part(REASON, required=False, allow_null=True),
)

_TENANT = list(TENANT_ATTRIBUTES.values())
Tenant = shape(
    "Tenant",
    _TENANT,
    shown=True,
    id=_answered(Text(40)),
    is_default=_answered(Flag()),
    created_at=_answered(Instant()),
    updated_at=_answered(Instant()),
)
NewTenant = shape("NewTenant", _TENANT)
TenantRevision = shape("TenantRevision", _TENANT, partial=True)

AuditEvent = shape(
    "AuditEvent",
    [],
    id=_answered(Text(40)),
    tenant=_answered(Text(40)),
    sequence=_answered(Count(1), "without gaps within a tenant"),
    at=_answered(Instant()),
    action=_answered(Choice(tuple(Action))),
    actor_kind=_answered(Text(20)),
    actor_id=_answered(Text(255)),
    object_type=_answered(Choice(OBJECT_TYPES)),
    object_id=_answered(Text(40)),
    reason=_answered(Text(500)),
    changes=_answered(Json(65536, mapping=True), "by field: the new value, or [old, new]"),
    ip=_answered(Text(45), allow_null=True),
    request_id=_answered(Text(64), allow_null=True),
    previous_mac=_answered(Text(64)),
    mac=_answered(Text(64)),
)

# What a verify tells of the key: what a caller needs to serve the request, nothing of its rules.
VERIFIED = (
    "id",
    "tenant",
    "name",
    "subject",
    "key_type",
    "environment",
    "status",
    "scopes",
    "permissions",
    "resource_scopes",
    "claims",
    "metadata",
    "tags",
    "expires_at",
    "api_version",
    "supported_features",
    "documentation_url",
    "support_contact",
)
VerifiedKey = shape("VerifiedKey", [ATTRIBUTES[name] for name in VERIFIED], shown=True)
VerifyRequest = shape(
    "Verify",
    [],
    parts={
        name: _part(kind, required=name in asking.REQUIRED, allow_null=name not in asking.REQUIRED)
        for name, kind in asking.MEMBERS.items()
    },
)
LimitState = shape(
    "LimitState",
    [],
    name=_answered(Text(64)),
    limit=_answered(Count()),
    remaining=_answered(Count()),
    reset_at=_answered(Instant(), "null: never by itself", allow_null=True),
)
Check = shape(
    "Check",
    [],
    rule=_answered(Text(64)),
    passed=_answered(Flag()),
    code=_answered(Choice(tuple(Outcome)), allow_null=True),
)
Verdict = shape(
    "Verdict",
    [],
    valid=_answered(Flag()),
    code=_answered(Choice(tuple(Outcome))),
    key=VerifiedKey(allow_null=True, read_only=True),
    limits=LimitState(many=True, read_only=True),
    retry_after=_answered(Number(), "seconds", allow_null=True),
    lease=_answered(Text(64), allow_null=True),
    checks=Check(many=True, required=False),
)


NewReservation = shape(
    "NewReservation",
    [],
    credits=_part(asking.RESERVATION["credits"], "so many may be spent at the end"),
    seconds=_part(
        asking.RESERVATION["seconds"],
        f"after which they go back; {asking.RESERVATION_SECONDS} unless given",
        required=False,
        allow_null=True,
    ),
)
Reservation = shape(
    "Reservation",
    [],
    id=_answered(Text(40)),
    key_id=_answered(Text(40)),
    credits=_answered(Count()),
    expires_at=_answered(Instant()),
)
Settlement = shape(
    "Settlement", [], credits=_part(asking.SETTLEMENT["credits"], "what it cost in truth")
)
SettledReservation = shape(
    "SettledReservation",
    [],
    id=_answered(Text(40)),
    reserved=_answered(Count()),
    settled=_answered(Count()),
    returned=_answered(Count()),
)


class FieldProblem(serializers.Serializer[Any]):
    """One bad field of a request."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField(allow_null=True)
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # the wire's name
