"""Authress' seven operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api.fields import only
from apikeys.api.guarded import GuardedViewSet
from apikeys.api.openapi import documented
from apikeys.api.strict_json import json_object
from apikeys.domain.errors import NotFound
from apikeys.domain.kinds import Count, Kind, Text
from apikeys.domain.secret import Undisclosed
from clients.dialects.authress import errors, schemas, wire
from clients.dialects.authress.paging import LIMIT_MAX, collection
from clients.models import ServiceClient
from clients.operations import (
    create_client,
    delete_access_key,
    delete_client,
    request_access_key,
    revise_client,
)

_QUERY: Mapping[str, Kind] = {"limit": Count(1, LIMIT_MAX), "cursor": Text(512, min_length=1)}


class ClientViewSet(GuardedViewSet):
    """Service clients."""

    refused = staticmethod(errors.refused)
    query_names = ()
    scopes: ClassVar[Mapping[str, str]] = {
        "list": "clients:read",
        "retrieve": "clients:read",
        "create": "clients:write",
        "update": "clients:write",
        "destroy": "clients:write",
    }

    def known_query_names(self) -> frozenset[str]:
        return frozenset(_QUERY) if self.action == "list" else frozenset()

    def get_queryset(self) -> Any:
        return ServiceClient.objects.of_tenant(self.actor.tenant_id).whole()

    @documented(
        "List clients, newest first",
        answer=schemas.ClientCollection,
        query=_QUERY,
        failures=errors.FAILURES,
    )
    def list(self, request: Request) -> Response:
        return Response(collection(request, self.get_queryset(), str(self.actor.tenant_id)))

    @documented(
        "Make a client",
        body=schemas.ClientBody,
        answer=schemas.Client,
        status=201,
        failures=errors.FAILURES,
    )
    def create(self, request: Request) -> Response:
        made = create_client(self.actor, wire.read(json_object(request)))
        return Response(wire.shown(made), status=201)

    @documented("Read a client", answer=schemas.Client, failures=errors.FAILURES)
    def retrieve(self, request: Request, client_id: str) -> Response:
        client = self.get_queryset().filter(public_id=client_id).first()
        if client is None:
            raise NotFound
        return Response(wire.shown(client))

    @documented(
        "Replace what Authress' shape says of a client",
        body=schemas.ClientBody,
        answer=schemas.Client,
        failures=errors.FAILURES,
    )
    def update(self, request: Request, client_id: str) -> Response:
        values = wire.replacing(json_object(request))
        return Response(wire.shown(revise_client(self.actor, client_id, values)))

    @documented("Delete a client with its access keys", status=204, failures=errors.FAILURES)
    def destroy(self, request: Request, client_id: str) -> Response:
        delete_client(self.actor, client_id)
        return Response(status=204)


class AccessKeyViewSet(GuardedViewSet):
    """Access keys of a client."""

    refused = staticmethod(errors.refused)
    scopes: ClassVar[Mapping[str, str]] = {"create": "clients:write", "destroy": "clients:write"}

    @documented(
        "Request an access key, or bring a public key",
        body=schemas.AccessKeyBody,
        answer=schemas.AccessKey,
        status=201,
        failures=errors.FAILURES,
    )
    def create(self, request: Request, client_id: str) -> Response:
        body = only(json_object(request), "publicKey")
        made = request_access_key(self.actor, client_id, public_key=body.get("publicKey"))
        return Response(Undisclosed(wire.requested(made)), status=201)

    @documented("Delete an access key", status=204, failures=errors.FAILURES)
    def destroy(self, request: Request, client_id: str, key_id: str) -> Response:
        delete_access_key(self.actor, client_id, key_id)
        return Response(status=204)
