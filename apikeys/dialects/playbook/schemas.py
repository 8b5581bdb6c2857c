"""The shapes of bodies and answers, for the OpenAPI document. They follow from the models."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from apikeys.api.fields import KindField, Shape, shape
from apikeys.api.openapi import Failures, documented
from apikeys.dialects.playbook.model import Member, Model
from apikeys.dialects.playbook.numbers import Id
from apikeys.dialects.playbook.owners import OWNERS, TENANT
from apikeys.dialects.playbook.paging import PAGE
from apikeys.dialects.playbook.reading import NEW_API_KEY
from apikeys.dialects.playbook.statuses import WORDS
from apikeys.dialects.playbook.values import Rule
from apikeys.dialects.playbook.wire import API_KEY, TENANT_API_KEY
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.kinds import Choice, Count, Flag, Instant, Items, Kind, Text

TENANT_FILTERS: Mapping[str, Kind] = {**PAGE, "status": Choice(WORDS)}
FILTERS: Mapping[str, Kind] = {**TENANT_FILTERS, "search": Text(512, min_length=1)}
KEY_LIST: Mapping[str, Kind] = {**OWNERS, **FILTERS}
TENANT_LIST: Mapping[str, Kind] = {**TENANT, **TENANT_FILTERS}

_ID, _TIME, _SECRET, _ONCE = Id(), Instant(), Text(512), "this once"


class _Code:
    """A word of the vendor's, or the status."""

    label = "code"

    def clean(self, value: object) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "integer"]}


def _shown(model: Model) -> dict[str, KindField]:
    return {
        it.name: KindField(it.form, read_only=True, allow_null=_may_be_null(it)) for it in model
    }


def _may_be_null(member: Member) -> bool:
    attribute = ATTRIBUTES.get(member.fact)
    nullable = attribute.nullable if attribute else member.fact == "client_secret_hash"
    return nullable or isinstance(member.form, Rule)


def _sent(model: Model, *required: str) -> dict[str, KindField]:
    return {
        it.name: KindField(it.form, required=it.name in required, allow_null=True)
        for it in model
        if it.attribute
    }


def _naming(owners: Mapping[str, Kind]) -> dict[str, KindField]:
    return {name: _asked(kind, allow_null=True) for name, kind in owners.items()}


def _asked(kind: Kind, **more: Any) -> KindField:
    return KindField(kind, required=False, **more)


def _told(kind: Kind, note: str = "", **more: Any) -> KindField:
    return KindField(kind, note, read_only=True, **more)


def _body(name: str, parts: Mapping[str, KindField], **more: Any) -> type[Shape]:
    return shape(name, [], parts=parts, **more)


def _pages(name: str, model: type[Shape]) -> type[Shape]:
    counts = {it: _told(Count()) for it in ("nextPageNumber", "totalCount")}
    return _body(name, counts, apiKeys=model(many=True, read_only=True))


_CLIENT_SECRET = {"clientSecret": _asked(_SECRET, note=f"{_ONCE}, if the key came to require one")}
_NEW = {"newKeyValue": _told(_SECRET, _ONCE), "oldKeyExpiry": _told(_TIME)}
_KEY_ID, _VALUE = {"keyId": KindField(_ID)}, {"keyValue": _told(_SECRET, _ONCE)}

APIKey = _body("APIKey", _shown(API_KEY))
TenantAPIKey = _body("TenantAPIKey", _shown(TENANT_API_KEY))
_APIKeyRevision = _body("APIKeyRevision", {"id": KindField(_ID), **_sent(API_KEY)})
_NewTenantAPIKey = _body("NewTenantAPIKey", _sent(TENANT_API_KEY, "name"))
_TenantAPIKeyRevision = _body(
    "TenantAPIKeyRevision", {"id": KindField(_ID), **_sent(TENANT_API_KEY)}
)

CreateAPIKey = _body("CreateAPIKeyRequest", {**_naming(OWNERS), **_sent(NEW_API_KEY, "name")})
CreatedAPIKey = _body(
    "CreateAPIKeyResponse", {**_VALUE, **_CLIENT_SECRET}, apiKey=APIKey(read_only=True)
)
GotAPIKey = _body("GetAPIKeyResponse", {}, apiKey=APIKey(read_only=True))
ListAPIKeys = _pages("ListAPIKeysResponse", APIKey)
UpdateAPIKey = _body("UpdateAPIKeyRequest", _naming(OWNERS), apiKey=_APIKeyRevision())
UpdatedAPIKey = _body("UpdateAPIKeyResponse", _CLIENT_SECRET, apiKey=APIKey(read_only=True))
RotateAPIKey = _body("RotateAPIKeyRequest", {**_naming(OWNERS), **_KEY_ID})
RotatedAPIKey = _body("RotateAPIKeyResponse", _NEW, newApiKey=APIKey(read_only=True))
DeletedKey = _body("DeleteAPIKeyResponse", {"success": _told(Flag())})

CreateTenantAPIKey = _body("CreateTenantAPIKeyRequest", _naming(TENANT), apiKey=_NewTenantAPIKey())
CreatedTenantAPIKey = _body("CreateTenantAPIKeyResponse", {"keyId": _told(_ID), **_VALUE})
GotTenantAPIKey = _body("GetTenantAPIKeyResponse", {}, apiKey=TenantAPIKey(read_only=True))
ListTenantAPIKeys = _pages("ListTenantAPIKeysResponse", TenantAPIKey)
UpdateTenantAPIKey = _body(
    "UpdateTenantAPIKeyRequest", _naming(TENANT), apiKey=_TenantAPIKeyRevision()
)
RotateTenantAPIKey = _body("RotateTenantAPIKeyRequest", {**_naming(TENANT), **_KEY_ID})
RotatedTenantAPIKey = _body(
    "RotateTenantAPIKeyResponse",
    {**_NEW, **{name: _told(_ID) for name in TENANT}},
    newApiKey=TenantAPIKey(read_only=True),
)

_Violation = _body(
    "FieldViolation", {name: _told(Text(1000)) for name in ("field", "validation", "message")}
)
_Conflict = _body(
    "ConflictInfo", {name: _told(Text(100)) for name in ("resourceType", "conflictReason")}
)
_WORDS = Items(Text(100))
Error = _body(
    "Error",
    {
        "code": _told(_Code(), "a word for 400, 401, 404, 409, 429, 500, 503; else the status"),
        "message": _told(Text(1000)),
        "reason": _asked(Text(100)),
        "requiredPermissions": _asked(_WORDS),
        "allowedMethods": _asked(_WORDS),
        "failedConditions": _asked(_WORDS),
        "incidentId": _asked(Text(64), allow_null=True),
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
