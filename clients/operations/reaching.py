"""Finding the clients an actor may touch. Another tenant's and a missing one are the same."""

from __future__ import annotations

from collections.abc import Iterable

from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound, VersionMismatch
from apikeys.operations.grants import managed_by
from clients.models import ServiceClient


def lock_client(
    actor: Actor, client_id: str, *, expected_version: int | None = None
) -> ServiceClient:
    """The client, locked until the transaction ends. Raises `NotFound` or `VersionMismatch`."""
    clients = ServiceClient.objects.of_tenant(actor.tenant_id).select_related("tenant")
    client = clients.select_for_update(of=("self",)).filter(public_id=client_id).first()
    if client is None:
        raise NotFound
    if expected_version not in (None, client.version):
        raise VersionMismatch
    found: ServiceClient = client
    return found


def reread(client: ServiceClient) -> ServiceClient:
    """The client with everything an answer shows, as it stands now."""
    found: ServiceClient = ServiceClient.objects.whole().get(pk=client.pk)
    return found


def require_equal(actor: Actor, scopes: Iterable[str]) -> None:
    """Raise unless the actor holds the management scopes among these.

    For whatever gives a client scopes, or gives the actor a way to act as the client.
    """
    actor.require_grantable(managed_by(scopes))
