"""Tokens between machines in Clerk's shapes, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apikeys.domain.asking import Presented
from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import InvalidInput, NotFound
from apikeys.domain.kinds import Choice, Count, Kind
from apikeys.domain.secret import Secret
from apikeys.domain.structures import Json
from clients.dialects.clerk.wire import milliseconds, native
from clients.domain.machines import Lifetime, machine_id, token_id_of
from clients.models import M2MToken

TOKEN = "machine_to_machine_token"  # noqa: S105  (what it is)
OPAQUE, JWT = FORMATS = ("opaque", "jwt")
# Clerk's SDKs send `token`, one helper of them `secret`.
VERIFICATION: Mapping[str, Kind] = {"token": Presented(), "secret": Presented()}
NEW_TOKEN: Mapping[str, Kind] = {
    "token_format": Choice(FORMATS),
    "seconds_until_expiration": Lifetime(),
    "claims": Json(8_192),
    "min_remaining_ttl_seconds": Count(),
}


def native_token_id(given: str) -> str:
    """The id of a token as it is stored. Raises `NotFound`."""
    found = token_id_of(given)
    if found is None:
        raise NotFound
    return found


def new_token(body: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
    """The format of the token to be made, and what the operation takes for it."""
    given = clean_members(body, NEW_TOKEN)
    wanted = given.pop("token_format", OPAQUE)
    if wanted == JWT:  # each of them is another, whatever is asked for
        given.pop("min_remaining_ttl_seconds", None)
    return wanted, native(given)


def presented(body: Mapping[str, object]) -> Secret:
    """The text of the token to be verified. Raises `InvalidInput` unless there is just one."""
    given = clean_members(body, VERIFICATION)
    if len(given) != 1:
        raise InvalidInput.at("/token", "required", "Give token.")
    found: Secret = next(iter(given.values()))
    return found


def token_shown(token: M2MToken, now: datetime) -> dict[str, Any]:
    """A token, without its text."""
    return {
        "object": TOKEN,
        "id": token.public_id,
        "subject": machine_id(token.client.public_id),
        "claims": token.claims,
        "scopes": [machine_id(client_id) for client_id in token.standing_scopes],
        "revoked": token.revoked_at is not None,
        "revocation_reason": token.revocation_reason or None,
        "expired": token.expires_at <= now,
        "expiration": milliseconds(token.expires_at),
        "last_used_at": token.last_used_at and milliseconds(token.last_used_at),
        "created_at": milliseconds(token.created_at),
        "updated_at": milliseconds(token.revoked_at or token.created_at),
    }
