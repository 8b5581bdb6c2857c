"""Machines in Clerk's shapes, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import NotFound
from apikeys.domain.kinds import Count, Items, Kind, Text
from clients.domain.machines import (
    PREVIOUS_SECONDS_MAX,
    SCOPES_MAX,
    TOKEN_SECONDS_MAX,
    client_id_of,
    machine_id,
)
from clients.domain.specs import NAME_LENGTH_MAX
from clients.models import MachineScope, ServiceClient

MACHINE, MACHINE_SCOPE = "machine", "machine_scope"
SECRET_KEY = "machine_secret_key"  # noqa: S105  (what it is)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: By our name, Clerk's name, where they differ.
FIELDS: Mapping[str, str] = {
    "m2m_token_seconds": "default_token_ttl",
    "scoped_to": "scoped_machines",
    "previous_seconds": "previous_token_ttl",
    "lifetime": "seconds_until_expiration",
    "min_remaining_seconds": "min_remaining_ttl_seconds",
    "format": "token_format",
    "reason": "revocation_reason",
}
ID = Text(64)
REVISION: Mapping[str, Kind] = {
    "name": Text(NAME_LENGTH_MAX, min_length=1),
    "default_token_ttl": Count(1, TOKEN_SECONDS_MAX),
}
CREATION: Mapping[str, Kind] = {**REVISION, "scoped_machines": Items(ID, SCOPES_MAX)}
ROTATION: Mapping[str, Kind] = {"previous_token_ttl": Count(0, PREVIOUS_SECONDS_MAX)}
NEW_SCOPE: Mapping[str, Kind] = {"to_machine_id": ID}


def native_id(given: str) -> str:
    """The id of a machine as the domain calls it. Raises `NotFound`."""
    found = client_id_of(given)
    if found is None:
        raise NotFound
    return found


def new_machine(body: Mapping[str, object]) -> tuple[dict[str, Any], list[str]]:
    """The attributes of a client, and the ids of those that it is scoped to."""
    given = clean_members(body, CREATION, ("name",))
    # What is no machine id must not be looked up as an id of ours.
    scoped_to = [client_id_of(it) or "" for it in given.pop("scoped_machines", ())]
    return native(given), scoped_to


def revision(body: Mapping[str, object]) -> dict[str, Any]:
    """The body of an update as attributes of a client: just those given."""
    return native(clean_members(body, REVISION))


def machine_shown(client: ServiceClient) -> dict[str, Any]:
    """A client as a machine, with those that it is scoped to."""
    return {
        **_without_scopes(client),
        "scoped_machines": [_without_scopes(other) for other in client.scoped_clients],
    }


def _without_scopes(client: ServiceClient) -> dict[str, Any]:
    return {
        "object": MACHINE,
        "id": machine_id(client.public_id),
        "name": client.name or "",
        "instance_id": client.tenant.public_id,
        "default_token_ttl": client.m2m_token_seconds,
        "created_at": milliseconds(client.created_at),
        "updated_at": milliseconds(client.updated_at),
    }


def scope_shown(scope: MachineScope) -> dict[str, Any]:
    """That one machine is scoped to another."""
    return {
        "object": MACHINE_SCOPE,
        "from_machine_id": machine_id(scope.from_client.public_id),
        "to_machine_id": machine_id(scope.to_client.public_id),
        "created_at": milliseconds(scope.created_at),
    }


def milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def native(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same values under our names."""
    ours = {theirs: name for name, theirs in FIELDS.items()}
    return {ours.get(name, name): value for name, value in given.items()}
