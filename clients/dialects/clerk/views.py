"""Clerk's operations on machines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import openapi
from apikeys.api.fields import only
from apikeys.api.guarded import GuardedViewSet, disclosing
from apikeys.api.strict_json import json_object
from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import NotFound
from clients.dialects.clerk import errors, paging, schemas, wire
from clients.models import ServiceClient
from clients.operations import (
    create_machine,
    create_machine_scope,
    delete_client,
    delete_machine_scope,
    read_machine_secret,
    revise_client,
    rotate_machine_secret,
)

documented = partial(openapi.documented, failures=schemas.FAILURES)


class ClerkViewSet(GuardedViewSet):
    """A view that speaks Clerk's dialect; the credential is a management key."""

    refused = staticmethod(errors.refused)

    def get_queryset(self) -> Any:
        return ServiceClient.objects.of_tenant(self.actor.tenant_id).as_machines()


class MachineViewSet(ClerkViewSet):
    """Make, list, read, change and delete machines."""

    queryset = ServiceClient.objects.none()
    scopes: ClassVar[Mapping[str, str]] = {
        "page": "clients:read",
        "retrieve": "clients:read",
        "create": "clients:write",
        "partial_update": "clients:write",
        "destroy": "clients:write",
    }

    def known_query_names(self) -> frozenset[str]:
        return frozenset(paging.MACHINES if self.action == "page" else ())

    @documented("List machines", answer=schemas.MachinePage, query=paging.MACHINES)
    def page(self, request: Request) -> Response:
        asked = clean_members(request.query_params.dict(), paging.MACHINES)
        return Response(paging.page_of_machines(self.get_queryset(), asked))

    @documented("Make a machine", body=schemas.NewMachine, answer=schemas.IssuedMachine)
    def create(self, request: Request) -> Response:
        attributes, scoped_to = wire.new_machine(json_object(request))
        made = create_machine(self.actor, attributes, scoped_to=scoped_to)
        shown = wire.machine_shown(made.client)
        return Response(disclosing(shown, {"secret_key": made.secret}))

    @documented("Read a machine", answer=schemas.Machine)
    def retrieve(self, request: Request, machine_id: str) -> Response:
        client = self.get_queryset().filter(public_id=wire.native_id(machine_id)).first()
        if client is None:
            raise NotFound
        return Response(wire.machine_shown(client))

    @documented("Change a machine", body=schemas.MachineRevision, answer=schemas.Machine)
    def partial_update(self, request: Request, machine_id: str) -> Response:
        changes = wire.revision(json_object(request))
        client = revise_client(self.actor, wire.native_id(machine_id), changes)
        return Response(wire.machine_shown(client))

    @documented("Delete a machine", answer=schemas.DeletedMachine)
    def destroy(self, request: Request, machine_id: str) -> Response:
        only(json_object(request))
        delete_client(self.actor, wire.native_id(machine_id))
        return Response({"object": wire.MACHINE, "id": machine_id, "deleted": True})


class MachineSecretViewSet(ClerkViewSet):
    """Read and replace the secret key of a machine; both give a way to act as the machine."""

    scopes: ClassVar[Mapping[str, str]] = {"retrieve": "clients:write", "rotate": "clients:write"}

    @documented("Read the secret key of a machine", answer=schemas.SecretKey)
    def retrieve(self, request: Request, machine_id: str) -> Response:
        secret = read_machine_secret(self.actor, wire.native_id(machine_id))
        return Response(disclosing({"object": wire.SECRET_KEY}, {"secret": secret}))

    @documented("Replace the secret key", body=schemas.Rotation, answer=schemas.SecretKey)
    def rotate(self, request: Request, machine_id: str) -> Response:
        asked = clean_members(json_object(request), wire.ROTATION, tuple(wire.ROTATION))
        seconds = asked["previous_token_ttl"]
        client_id = wire.native_id(machine_id)
        secret = rotate_machine_secret(self.actor, client_id, previous_seconds=seconds)
        return Response(disclosing({"object": wire.SECRET_KEY}, {"secret": secret}))


class MachineScopeViewSet(ClerkViewSet):
    """Say which machines a machine's tokens are for."""

    scopes: ClassVar[Mapping[str, str]] = {"create": "clients:write", "destroy": "clients:write"}

    @documented("Scope a machine to another", body=schemas.NewScope, answer=schemas.Scope)
    def create(self, request: Request, machine_id: str) -> Response:
        asked = clean_members(json_object(request), wire.NEW_SCOPE, tuple(wire.NEW_SCOPE))
        other_id = wire.native_id(asked["to_machine_id"])
        made = create_machine_scope(self.actor, wire.native_id(machine_id), other_id)
        return Response(wire.scope_shown(made))

    @documented("Take a scope away", answer=schemas.DeletedScope)
    def destroy(self, request: Request, machine_id: str, other_machine_id: str) -> Response:
        only(json_object(request))
        other_id = wire.native_id(other_machine_id)
        delete_machine_scope(self.actor, wire.native_id(machine_id), other_id)
        pair = {"from_machine_id": machine_id, "to_machine_id": other_machine_id}
        return Response({"object": wire.MACHINE_SCOPE, **pair, "deleted": True})
