"""`/api/v1/clients/{client_id}/access_keys`: the key pairs of a client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api.fields import only
from apikeys.api.openapi import documented
from apikeys.api.strict_json import json_object
from apikeys.api.views import ListViewSet
from apikeys.domain.errors import NotFound
from apikeys.operations.idempotency import Answer
from clients.api import schemas
from clients.api.shown import key_shown
from clients.models import AccessKey, ServiceClient
from clients.operations import delete_access_key, request_access_key


class AccessKeyViewSet(ListViewSet):
    """List, request and delete the access keys of a client."""

    queryset = AccessKey.objects.none()
    scopes: ClassVar[Mapping[str, str]] = {
        "list": "clients:read",
        "create": "clients:write",
        "destroy": "clients:write",
    }

    def get_queryset(self) -> Any:
        clients = ServiceClient.objects.of_tenant(self.actor.tenant_id)
        client = clients.filter(public_id=self.kwargs["client_id"]).first()
        if client is None:
            raise NotFound
        return client.access_keys.select_related("client").filter(revoked_at=None)

    @documented("List active access keys, newest first", answer=schemas.AccessKey, many=True)
    def list(self, request: Request, client_id: str) -> Response:
        return self.respond_with_page(request, lambda key: key_shown(key.client, key))

    @documented(
        "Request an access key, or bring a public key",
        body=schemas.NewAccessKey,
        answer=schemas.RequestedAccessKey,
        status=201,
        once=True,
    )
    def create(self, request: Request, client_id: str) -> Response:
        body = only(json_object(request), "public_key")

        def work() -> Answer:
            made = request_access_key(self.actor, client_id, public_key=body.get("public_key"))
            secrets = {"client_secret": made.client_secret, "access_key": made.access_key}
            present = {name: secret for name, secret in secrets.items() if secret}
            return Answer(201, key_shown(made.key.client, made.key), present)

        return self.once(request, work)

    @documented("Delete an access key", status=204)
    def destroy(self, request: Request, client_id: str, key_id: str) -> Response:
        only(json_object(request))
        delete_access_key(self.actor, client_id, key_id)
        return Response(status=204)
