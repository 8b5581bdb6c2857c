"""The twelve calls: parse, one operation, render. Every success is 200 with JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api.guarded import disclosing
from apikeys.api.strict_json import json_object
from apikeys.dialects.playbook import schemas
from apikeys.dialects.playbook.failing import told
from apikeys.dialects.playbook.model import names_of
from apikeys.dialects.playbook.owners import OWNERS, TENANT
from apikeys.dialects.playbook.reading import NEW_API_KEY, attributes, members, taken
from apikeys.dialects.playbook.serving import PlaybookViewSet
from apikeys.dialects.playbook.wire import API_KEY, TENANT_API_KEY
from apikeys.domain.kinds import Kind


class KeyViewSet(PlaybookViewSet):
    """Keys as APIKey."""

    model = API_KEY
    owners = OWNERS
    filters: ClassVar[Mapping[str, Kind]] = schemas.FILTERS

    @told("List keys, newest first", answer=schemas.ListAPIKeys, query=schemas.KEY_LIST)
    def page(self, request: Request) -> Response:
        return Response(self.listed(request))

    @told("Issue a key", body=schemas.CreateAPIKey, answer=schemas.CreatedAPIKey)
    def create(self, request: Request) -> Response:
        sent = taken(json_object(request), (*OWNERS, *names_of(NEW_API_KEY)))
        named = members({name: sent[name] for name in OWNERS if name in sent}, OWNERS)
        issued = self.issue(named, attributes(sent, NEW_API_KEY))
        secrets = {"keyValue": issued.secret, "clientSecret": issued.client_secret}
        return Response(disclosing({"apiKey": self.shown(issued.key)}, secrets))

    @told("Read a key", answer=schemas.GotAPIKey, query=OWNERS)
    def retrieve(self, request: Request, key_id: str) -> Response:
        return Response(self.found(request, key_id))

    @told("Change a key", body=schemas.UpdateAPIKey, answer=schemas.UpdatedAPIKey)
    def update(self, request: Request) -> Response:
        revised = self.revise(request)
        body = {"apiKey": self.shown(revised.key)}
        return Response(disclosing(body, {"clientSecret": revised.client_secret}))

    @told("Give a key a new secret", body=schemas.RotateAPIKey, answer=schemas.RotatedAPIKey)
    def rotate(self, request: Request) -> Response:
        rotated, _ = self.renew(request)
        body = {
            "newApiKey": self.shown(rotated.key),
            "oldKeyExpiry": rotated.previous_secret_expires_at,
        }
        return Response(disclosing(body, {"newKeyValue": rotated.secret}))

    @told("Delete a key", answer=schemas.DeletedKey, query=OWNERS)
    def destroy(self, request: Request, key_id: str) -> Response:
        return Response(self.remove(request, key_id))


class TenantKeyViewSet(PlaybookViewSet):
    """The same keys as TenantAPIKey."""

    model = TENANT_API_KEY
    owners = TENANT
    filters: ClassVar[Mapping[str, Kind]] = schemas.TENANT_FILTERS

    @told("List keys, newest first", answer=schemas.ListTenantAPIKeys, query=schemas.TENANT_LIST)
    def page(self, request: Request) -> Response:
        return Response(self.listed(request))

    @told("Issue a key", body=schemas.CreateTenantAPIKey, answer=schemas.CreatedTenantAPIKey)
    def create(self, request: Request) -> Response:
        named, sent = self.wrapped(request)
        issued = self.issue(named, attributes(sent, TENANT_API_KEY))
        body = {"keyId": str(issued.key.number)}
        return Response(disclosing(body, {"keyValue": issued.secret}))

    @told("Read a key", answer=schemas.GotTenantAPIKey, query=TENANT)
    def retrieve(self, request: Request, key_id: str) -> Response:
        return Response(self.found(request, key_id))

    @told("Change a key", body=schemas.UpdateTenantAPIKey, answer=schemas.GotTenantAPIKey)
    def update(self, request: Request) -> Response:
        return Response({"apiKey": self.shown(self.revise(request).key)})

    @told(
        "Give a key a new secret",
        body=schemas.RotateTenantAPIKey,
        answer=schemas.RotatedTenantAPIKey,
    )
    def rotate(self, request: Request) -> Response:
        rotated, named = self.renew(request)
        number = rotated.key.tenant.number
        body: dict[str, Any] = {
            "newApiKey": self.shown(rotated.key),
            "oldKeyExpiry": rotated.previous_secret_expires_at,
            **{name: str(named.get(name, number)) for name in TENANT},
        }
        return Response(disclosing(body, {"newKeyValue": rotated.secret}))

    @told("Delete a key", answer=schemas.DeletedKey, query=TENANT)
    def destroy(self, request: Request, key_id: str) -> Response:
        return Response(self.remove(request, key_id))
