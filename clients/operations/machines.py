"""Clients that call one another: make them, and say whom each may call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from apikeys.domain.actors import Actor
from apikeys.domain.errors import InvalidInput, NotFound
from apikeys.domain.events import Action
from apikeys.domain.secret import Secret
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation
from clients.domain.errors import TooManyMachineScopes
from clients.domain.machines import SCOPES_MAX
from clients.models import MachineScope, ServiceClient
from clients.operations.clients import create_client
from clients.operations.machine_secrets import rotate_machine_secret


@dataclass(frozen=True, slots=True)
class NewMachine:
    """A new client with its machine secret."""

    client: ServiceClient
    secret: Secret


@mutation
def create_machine(
    actor: Actor,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    scoped_to: Iterable[str] = (),
    now: datetime | None = None,
) -> NewMachine:
    """Make a client that has a machine secret and is scoped to the clients with these ids.

    Raises what `create_client` does, and `InvalidInput` at `/scoped_to/…`.
    """
    now = now or utc_now()
    client = create_client(actor, attributes, now=now)
    secret = rotate_machine_secret(actor, client.public_id, now=now)
    for index, other_id in enumerate(scoped_to):
        try:
            create_machine_scope(actor, client.public_id, other_id, now=now)
        except NotFound:
            detail = "There is no such machine, or it is not yours."
            raise InvalidInput.at(f"/scoped_to/{index}", "unknown_machine", detail) from None
    return NewMachine(client, secret)


@mutation
def create_machine_scope(
    actor: Actor, client_id: str, other_id: str, *, now: datetime | None = None
) -> MachineScope:
    """Let one client send its tokens to another of its tenant. Repeating it changes nothing.

    Raises `NotFound` for either, `TooManyMachineScopes`.
    """
    now = now or utc_now()
    client, other = _locked(actor, client_id, other_id)
    scopes = MachineScope._default_manager.filter(from_client=client)
    found = scopes.filter(to_client=other).first()
    if found is not None:
        return found
    if scopes.count() >= SCOPES_MAX:
        raise TooManyMachineScopes
    made = MachineScope._default_manager.create(from_client=client, to_client=other, created_at=now)
    told = {"to": other.public_id}
    audit.record(actor, Action.MACHINE_SCOPE_CREATED, client, now=now, changes=told)
    return made


@mutation
def delete_machine_scope(
    actor: Actor, client_id: str, other_id: str, *, now: datetime | None = None
) -> None:
    """Take a scope away: tokens that are out cannot be checked by the other from now on.

    Raises `NotFound`, also when there is no such scope.
    """
    client, other = _locked(actor, client_id, other_id)
    gone, _ = MachineScope._default_manager.filter(from_client=client, to_client=other).delete()
    if not gone:
        raise NotFound
    told = {"to": other.public_id}
    audit.record(actor, Action.MACHINE_SCOPE_DELETED, client, now=now or utc_now(), changes=told)


def _locked(actor: Actor, client_id: str, other_id: str) -> tuple[ServiceClient, ServiceClient]:
    """Two clients of one tenant, locked in one order, whoever is named first."""
    clients = ServiceClient.objects.of_tenant(actor.tenant_id).select_related("tenant")
    both = clients.filter(public_id__in=[client_id, other_id]).order_by("pk")
    found = {client.public_id: client for client in both.select_for_update(of=("self",))}
    client, other = found.get(client_id), found.get(other_id)
    if client is None or other is None or client.tenant != other.tenant:
        raise NotFound
    return client, other
