"""The shapes of bodies and answers, for the OpenAPI document. They follow from the models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apikeys.api.fields import KindField, Shape, shape
from apikeys.dialects.playbook.model import Member, Model
from apikeys.dialects.playbook.numbers import Id, Limit, Long, LongLimit
from apikeys.dialects.playbook.owners import OWNERS, TENANT
from apikeys.dialects.playbook.paging import PAGE
from apikeys.dialects.playbook.reading import NEW_API_KEY
from apikeys.dialects.playbook.statuses import WORDS
from apikeys.dialects.playbook.values import Rule
from apikeys.dialects.playbook.wire import API_KEY, TENANT_API_KEY
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.kinds import Choice, Count, Flag, Instant, Kind, Text

TENANT_FILTERS: Mapping[str, Kind] = {**PAGE, "status": Choice(WORDS)}
FILTERS: Mapping[str, Kind] = {**TENANT_FILTERS, "search": Text(512, min_length=1)}
KEY_LIST: Mapping[str, Kind] = {**OWNERS, **FILTERS}
TENANT_LIST: Mapping[str, Kind] = {**TENANT, **TENANT_FILTERS}

_ID, _TIME, _SECRET, _ONCE = Id(), Instant(), Text(512), "this once"


def _shown(model: Model) -> dict[str, KindField]:
    return {it.name: always(_as_shown(it), allow_null=_may_be_null(it)) for it in model}


def _as_shown(member: Member) -> Kind:
    """A limit of 0 is not taken here, but other faces may have set one."""
    match member.form:
        case LongLimit():
            return Long()
        case Limit():
            return Count()
        case form:
            return form


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
    return {name: sometimes(kind, allow_null=True) for name, kind in owners.items()}


def sometimes(kind: Kind, **more: Any) -> KindField:
    return KindField(kind, required=False, **more)


def always(kind: Kind, note: str = "", **more: Any) -> KindField:
    return KindField(kind, note, read_only=True, **more)


def body(name: str, parts: Mapping[str, KindField], **more: Any) -> type[Shape]:
    return shape(name, [], parts=parts, **more)


def _pages(name: str, model: type[Shape]) -> type[Shape]:
    counts = {it: always(Count()) for it in ("nextPageNumber", "totalCount")}
    return body(name, counts, apiKeys=model(many=True, read_only=True))


_CLIENT_SECRET = {"clientSecret": sometimes(_SECRET, note="this once, if the key requires one")}
_NEW = {"newKeyValue": always(_SECRET, _ONCE), "oldKeyExpiry": always(_TIME)}
_KEY_ID, _VALUE = {"keyId": KindField(_ID)}, {"keyValue": always(_SECRET, _ONCE)}

APIKey = body("APIKey", _shown(API_KEY))
TenantAPIKey = body("TenantAPIKey", _shown(TENANT_API_KEY))
_APIKeyRevision = body("APIKeyRevision", {"id": KindField(_ID), **_sent(API_KEY)})
_NewTenantAPIKey = body("NewTenantAPIKey", _sent(TENANT_API_KEY, "name"))
_TenantAPIKeyRevision = body(
    "TenantAPIKeyRevision", {"id": KindField(_ID), **_sent(TENANT_API_KEY)}
)

CreateAPIKey = body("CreateAPIKeyRequest", {**_naming(OWNERS), **_sent(NEW_API_KEY, "name")})
CreatedAPIKey = body(
    "CreateAPIKeyResponse", {**_VALUE, **_CLIENT_SECRET}, apiKey=APIKey(read_only=True)
)
GotAPIKey = body("GetAPIKeyResponse", {}, apiKey=APIKey(read_only=True))
ListAPIKeys = _pages("ListAPIKeysResponse", APIKey)
UpdateAPIKey = body("UpdateAPIKeyRequest", _naming(OWNERS), apiKey=_APIKeyRevision())
UpdatedAPIKey = body("UpdateAPIKeyResponse", _CLIENT_SECRET, apiKey=APIKey(read_only=True))
RotateAPIKey = body("RotateAPIKeyRequest", {**_naming(OWNERS), **_KEY_ID})
RotatedAPIKey = body("RotateAPIKeyResponse", _NEW, newApiKey=APIKey(read_only=True))
DeletedKey = body("DeleteAPIKeyResponse", {"success": always(Flag())})

CreateTenantAPIKey = body("CreateTenantAPIKeyRequest", _naming(TENANT), apiKey=_NewTenantAPIKey())
CreatedTenantAPIKey = body("CreateTenantAPIKeyResponse", {"keyId": always(_ID), **_VALUE})
GotTenantAPIKey = body("GetTenantAPIKeyResponse", {}, apiKey=TenantAPIKey(read_only=True))
ListTenantAPIKeys = _pages("ListTenantAPIKeysResponse", TenantAPIKey)
UpdateTenantAPIKey = body(
    "UpdateTenantAPIKeyRequest", _naming(TENANT), apiKey=_TenantAPIKeyRevision()
)
RotateTenantAPIKey = body("RotateTenantAPIKeyRequest", {**_naming(TENANT), **_KEY_ID})
RotatedTenantAPIKey = body(
    "RotateTenantAPIKeyResponse",
    {**_NEW, **{name: always(_ID) for name in TENANT}},
    newApiKey=TenantAPIKey(read_only=True),
)
