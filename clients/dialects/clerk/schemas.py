"""The shapes of bodies and answers, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apikeys.api.fields import KindField, shape
from apikeys.api.openapi import Failures
from apikeys.domain.kinds import Choice, Count, Flag, Items, Kind, Text
from apikeys.domain.structures import Json
from apikeys.operations.reasons import REASON
from clients.dialects.clerk import token_wire, wire
from clients.domain.specs import NAME_LENGTH_MAX

_MILLISECONDS = "milliseconds since 1970"


def _answered(kind: Kind, note: str = "", **kwargs: Any) -> KindField:
    return KindField(kind, note, read_only=True, **kwargs)


def _taken(kinds: Mapping[str, Kind], *required: str) -> dict[str, KindField]:
    return {
        name: KindField(kind, required=name in required, allow_null=name not in required)
        for name, kind in kinds.items()
    }


_ID, _MOMENT = _answered(wire.ID), _answered(Count(), _MILLISECONDS)
_MACHINE = {
    "object": _answered(Choice((wire.MACHINE,))),
    "id": _answered(wire.ID, "`mch_` and 27 characters"),
    "name": _answered(Text(NAME_LENGTH_MAX)),
    "instance_id": _answered(wire.ID, "of the tenant"),
    "default_token_ttl": _answered(wire.REVISION["default_token_ttl"], "seconds"),
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
}
ScopedMachine = shape("ScopedMachine", [], parts=_MACHINE)
_WITH_SCOPES: dict[str, Any] = {
    **_MACHINE,
    "scoped_machines": ScopedMachine(many=True, read_only=True),
}
Machine = shape("Machine", [], parts=_WITH_SCOPES)
IssuedMachine = shape(
    "IssuedMachine", [], parts={**_WITH_SCOPES, "secret_key": _answered(Text(512))}
)
MachinePage = shape(
    "MachinePage",
    [],
    data=Machine(many=True, read_only=True),
    total_count=_answered(Count(), "of all that match"),
)
NewMachine = shape("NewMachine", [], parts=_taken(wire.CREATION, "name"))
MachineRevision = shape("MachineRevision", [], parts=_taken(wire.REVISION))
DeletedMachine = shape(
    "DeletedMachine",
    [],
    object=_answered(Choice((wire.MACHINE,))),
    id=_ID,
    deleted=_answered(Flag(), "always true"),
)
SecretKey = shape(
    "MachineSecretKey",
    [],
    object=_answered(Choice((wire.SECRET_KEY,))),
    secret=_answered(Text(512)),
)
Rotation = shape("MachineSecretRotation", [], parts=_taken(wire.ROTATION, *wire.ROTATION))
_SCOPE = {
    "object": _answered(Choice((wire.MACHINE_SCOPE,))),
    "from_machine_id": _ID,
    "to_machine_id": _ID,
}
Scope = shape("MachineScope", [], parts={**_SCOPE, "created_at": _MOMENT})
NewScope = shape("NewMachineScope", [], to_machine_id=KindField(wire.ID))
DeletedScope = shape(
    "DeletedMachineScope", [], parts={**_SCOPE, "deleted": _answered(Flag(), "always true")}
)
_TOKEN = {
    "object": _answered(Choice((token_wire.TOKEN,))),
    "id": _answered(wire.ID, "`mt_` and 32 hex digits"),
    "subject": _answered(wire.ID, "of the machine that it is from"),
    "claims": _answered(Json(8_192), allow_null=True),
    "scopes": _answered(Items(wire.ID), "the machines that it is for"),
    "revoked": _answered(Flag()),
    "revocation_reason": _answered(REASON, allow_null=True),
    "expired": _answered(Flag()),
    "expiration": _MOMENT,
    "last_used_at": _answered(Count(), f"{_MILLISECONDS}, to the minute", allow_null=True),
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
}
Token = shape("M2MToken", [], parts=_TOKEN)
IssuedToken = shape("IssuedM2MToken", [], parts={**_TOKEN, "token": _answered(Text(8_192))})
TokenPage = shape(
    "M2MTokenPage",
    [],
    m2m_tokens=Token(many=True, read_only=True),
    total_count=_answered(Count(), "of all that match"),
)
NewToken = shape("NewM2MToken", [], parts=_taken(token_wire.NEW_TOKEN))
Revocation = shape("M2MTokenRevocation", [], parts=_taken({"revocation_reason": REASON}))
Verification = shape("M2MTokenVerification", [], parts=_taken(token_wire.VERIFICATION))

ErrorItem = shape(
    "MachineErrorItem",
    [],
    message=_answered(Text(4000)),
    long_message=_answered(Text(4000)),
    code=_answered(Text(64)),
    meta=KindField(Json(1024, mapping=True), "names the bad field", required=False),
)
Errors = shape(
    "MachineErrors",
    [],
    errors=ErrorItem(many=True, read_only=True),
    clerk_trace_id=_answered(Text(64), "the request id", allow_null=True),
)
FAILURES = Failures(
    Errors,
    statuses=(400, 401, 403, 404, 405, 413, 415, 429, 500),
    notes={
        400: "A member or parameter breaks a rule, or the state of the machine does not allow it.",
        401: "No credential, or one that is unknown or no longer valid.",
        404: "No such machine or token, or it is not yours; of a verify: no token is good and "
        "meant for who asks.",
        429: "A limit is reached, or it cannot be decided at the moment; see `Retry-After`.",
    },
)
