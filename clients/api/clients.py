"""`/api/v1/clients`: service clients, managed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api.fields import only
from apikeys.api.openapi import documented
from apikeys.api.preconditions import expected_version
from apikeys.api.strict_json import json_object
from apikeys.api.views import ListViewSet, with_etag
from apikeys.domain.errors import NotFound
from apikeys.operations.idempotency import Answer
from clients.api import schemas
from clients.api.filters import ClientFilter
from clients.api.shown import client_shown
from clients.models import ServiceClient
from clients.operations import create_client, delete_client, revise_client


class ClientViewSet(ListViewSet):
    """Make, list, read, change and delete service clients."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class = ClientFilter
    queryset = ServiceClient.objects.none()
    scopes: ClassVar[Mapping[str, str]] = {
        "list": "clients:read",
        "retrieve": "clients:read",
        "create": "clients:write",
        "partial_update": "clients:write",
        "destroy": "clients:write",
    }

    def get_queryset(self) -> Any:
        return ServiceClient.objects.of_tenant(self.actor.tenant_id).whole()

    @documented("List clients, newest first", answer=schemas.Client, many=True)
    def list(self, request: Request) -> Response:
        return self.respond_with_page(request, client_shown)

    @documented(
        "Make a client", body=schemas.NewClient, answer=schemas.Client, status=201, once=True
    )
    def create(self, request: Request) -> Response:
        body = json_object(request)

        def work() -> Answer:
            return Answer(201, client_shown(create_client(self.actor, body)), {})

        return self.once(request, work)

    @documented("Read a client", answer=schemas.Client, tagged=True)
    def retrieve(self, request: Request, client_id: str) -> Response:
        client = self.get_queryset().filter(public_id=client_id).first()
        if client is None:
            raise NotFound
        return with_etag(client_shown(client), client.version)

    @documented(
        "Change, disable or enable a client",
        body=schemas.ClientRevision,
        answer=schemas.Client,
        versioned=True,
        tagged=True,
    )
    def partial_update(self, request: Request, client_id: str) -> Response:
        client = revise_client(
            self.actor,
            client_id,
            json_object(request),
            expected_version=expected_version(request),
        )
        return with_etag(client_shown(client), client.version)

    @documented("Delete a client with its access keys", status=204, versioned=True)
    def destroy(self, request: Request, client_id: str) -> Response:
        only(json_object(request))
        delete_client(self.actor, client_id, expected_version=expected_version(request))
        return Response(status=204)
