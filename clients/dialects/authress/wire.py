"""Clients and access keys in Authress' shape, both ways.

`publicKey` is left out of answers: older clients of Authress refuse base64 there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apikeys.domain.errors import FieldError, InvalidInput
from clients.models import AccessKey, ServiceClient
from clients.operations.access_keys import RequestedKey

#: By our name, Authress' name. What else a client has, Authress' shape cannot express.
FIELDS = {
    "name": "name",
    "options": "options",
    "rate_limits": "rateLimits",
    "tags": "tags",
    "public_key": "publicKey",
    "client_id": "clientId",
}
_OPTIONS = {
    "grant_user_permissions_access": "grantUserPermissionsAccess",
    "grant_token_generation": "grantTokenGeneration",
}
_WRITABLE = {theirs: ours for ours, theirs in FIELDS.items() if ours not in ("public_key",)}
# Sent back by clients that read an object and put it: ours to keep, not theirs to set.
_READ_ONLY = frozenset({"clientId", "createdTime", "verificationKeys"})


def shown(client: ServiceClient) -> dict[str, Any]:
    """A client as Authress shows it."""
    options = client.options or {}
    return {
        "clientId": client.public_id,
        "createdTime": client.created_at,
        "name": client.name,
        "options": {theirs: bool(options.get(ours)) for ours, theirs in _OPTIONS.items()},
        "rateLimits": client.rate_limits,
        "verificationKeys": [_key(client, key) for key in client.active_keys],
        "tags": client.tags,
    }


def requested(made: RequestedKey) -> dict[str, Any]:
    """A new access key; its secrets this once, if there are any."""
    secrets = {"clientSecret": made.client_secret, "accessKey": made.access_key}
    return {
        **_key(made.key.client, made.key),
        **{name: secret.reveal() for name, secret in secrets.items() if secret},
    }


def _key(client: ServiceClient, key: AccessKey) -> dict[str, Any]:
    return {
        "keyId": key.public_id,
        "clientId": client.public_id,
        "generationDate": key.created_at,
    }


def read(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a body says of a client, by our names. Raises `InvalidInput` for what nobody knows."""
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name in _READ_ONLY:
            continue
        if name not in _WRITABLE:
            raise InvalidInput.at(f"/{name[:100]}", "unknown_field", "There is no such field.")
        values[_WRITABLE[name]] = _options(value) if name == "options" else value
    return {name: value for name, value in values.items() if value is not None or name != "options"}


def replacing(body: Mapping[str, Any]) -> dict[str, Any]:
    """A `PUT`: what is absent goes back to its default, as far as this shape can express it."""
    blank: dict[str, Any] = {"name": None, "options": {}, "rate_limits": [], "tags": {}}
    return {**blank, **read(body)}


def _options(value: object) -> object:
    if not isinstance(value, dict):
        return value
    names = {theirs: ours for ours, theirs in _OPTIONS.items()}
    strange = [name for name in value if name not in names]
    if strange:
        at = f"/options/{strange[0][:100]}"
        raise InvalidInput([FieldError(at, "unknown_field", "There is no such option.")])
    return {names[name]: flag for name, flag in value.items() if flag is not None}
