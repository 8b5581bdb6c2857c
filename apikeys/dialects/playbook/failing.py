"""The shape of errors for the OpenAPI document: one for the models of all statuses."""

from __future__ import annotations

from functools import partial
from typing import Any

from apikeys.api.openapi import Failures, documented
from apikeys.dialects.playbook.schemas import always, body, sometimes
from apikeys.domain.kinds import Items, Text


class _Code:
    """A word of the vendor's, or the status."""

    label = "code"

    def clean(self, value: object) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "integer"]}


_Violation = body(
    "FieldViolation", {name: always(Text(1000)) for name in ("field", "validation", "message")}
)
_Conflict = body(
    "ConflictInfo", {name: always(Text(100)) for name in ("resourceType", "conflictReason")}
)
_WORDS = Items(Text(100))
Error = body(
    "Error",
    {
        "code": always(_Code(), "a word for 400, 401, 404, 409, 429, 500, 503; else the status"),
        "message": always(Text(1000)),
        "reason": sometimes(Text(100)),
        "requiredPermissions": sometimes(_WORDS),
        "allowedMethods": sometimes(_WORDS),
        "failedConditions": sometimes(_WORDS),
        "incidentId": sometimes(Text(64), allow_null=True),
    },
    fieldViolations=_Violation(many=True, required=False),
    conflictInfo=_Conflict(required=False),
)

_STATUSES = (400, 401, 403, 404, 405, 409, 412, 413, 415, 429, 500, 503)
_NOTES = {
    400: "A field or parameter breaks a rule; `fieldViolations` names each.",
    412: "Others kept changing the key while this change was tried.",
    500: "A fault of ours; quote the incident id.",
}

told = partial(documented, failures=Failures(Error, statuses=_STATUSES, notes=_NOTES))
