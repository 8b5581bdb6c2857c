"""The shapes of bodies and answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from apikeys.api.fields import KindField, shape
from apikeys.domain.kinds import Choice, Flag, Instant, Text
from clients.domain.public_keys import TEXT_LENGTH_MAX
from clients.domain.specs import CLIENT_ATTRIBUTES

_ID, _SECRET = Text(64), Text(512)
_WRITABLE = list(CLIENT_ATTRIBUTES.values())


def _answered(kind: Any, note: str = "", **kwargs: Any) -> KindField:
    return KindField(kind, note=note, read_only=True, **kwargs)


def _sometimes(kind: Any, note: str, **kwargs: Any) -> KindField:
    return KindField(kind, note=note, required=False, **kwargs)


_KEY = {
    "key_id": _answered(_ID),
    "client_id": _answered(_ID),
    "algorithm": _answered(Choice(("EdDSA", "ES256", "ES384", "RS256"))),
    "public_key": _answered(Text(TEXT_LENGTH_MAX), "base64 of the SPKI"),
    "fingerprint": _answered(Text(64), "SHA-256 of the SPKI, hex"),
    "generation_date": _answered(Instant()),
    "last_used_at": _answered(Instant(), "minute precision", allow_null=True),
}
AccessKey = shape("AccessKey", [], parts=_KEY)
NewAccessKey = shape(
    "NewAccessKey",
    [],
    public_key=_sometimes(
        Text(TEXT_LENGTH_MAX), "of your own, base64 of the SPKI or PEM", allow_null=True
    ),
)
RequestedAccessKey = shape(
    "RequestedAccessKey",
    [],
    parts=_KEY,
    client_secret=_sometimes(_SECRET, "this once; absent for a key of your own"),
    access_key=_sometimes(_SECRET, "this once; absent for a key of your own"),
    secret_available=_sometimes(Flag(), "false in a replay that comes too late for the secret"),
)
Client = shape(
    "Client",
    _WRITABLE,
    shown=True,
    client_id=_answered(_ID),
    tenant=_answered(_ID),
    verification_keys=AccessKey(many=True, read_only=True),
    created_by=_answered(Text(255)),
    created_at=_answered(Instant()),
    updated_at=_answered(Instant()),
)
NewClient = shape("NewClient", _WRITABLE, tenant=_sometimes(_ID, "only from a caller with `*`"))
ClientRevision = shape("ClientRevision", _WRITABLE, partial=True)
