"""`/api/v1/tenants`: whose keys they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import schemas
from apikeys.api.filters import TenantFilter
from apikeys.api.openapi import documented
from apikeys.api.preconditions import expected_version
from apikeys.api.strict_json import json_object
from apikeys.api.views import ListViewSet, with_etag
from apikeys.domain.errors import NotFound
from apikeys.domain.tenancy import TENANT_ATTRIBUTES
from apikeys.models import Tenant
from apikeys.operations import create_tenant, revise_tenant
from apikeys.operations.idempotency import Answer


class TenantViewSet(ListViewSet):
    """The root key sees and makes every tenant; other credentials see and change their own."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class = TenantFilter
    queryset = Tenant.objects.none()
    scopes: ClassVar[Mapping[str, str]] = {
        "list": "tenants:read",
        "retrieve": "tenants:read",
        "create": "tenants:write",
        "partial_update": "tenants:write",
    }

    def get_queryset(self) -> Any:
        return Tenant.objects.of_tenant(self.actor.tenant_id)

    @documented("List tenants, newest first", answer=schemas.Tenant, many=True)
    def list(self, request: Request) -> Response:
        return self.respond_with_page(request, _shown)

    @documented(
        "Make a tenant", body=schemas.NewTenant, answer=schemas.Tenant, status=201, once=True
    )
    def create(self, request: Request) -> Response:
        body = json_object(request)
        return self.once(request, lambda: Answer(201, _shown(create_tenant(self.actor, body)), {}))

    @documented("Read a tenant", answer=schemas.Tenant, tagged=True)
    def retrieve(self, request: Request, tenant_id: str) -> Response:
        tenant = self.get_queryset().filter(public_id=tenant_id).first()
        if tenant is None:
            raise NotFound
        return with_etag(_shown(tenant), tenant.version)

    @documented(
        "Change, suspend or resume a tenant",
        body=schemas.TenantRevision,
        answer=schemas.Tenant,
        versioned=True,
        tagged=True,
    )
    def partial_update(self, request: Request, tenant_id: str) -> Response:
        tenant = revise_tenant(
            self.actor,
            tenant_id,
            json_object(request),
            expected_version=expected_version(request),
        )
        return with_etag(_shown(tenant), tenant.version)


def _shown(tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.public_id,
        **{name: getattr(tenant, name) for name in TENANT_ATTRIBUTES},
        "is_default": tenant.is_default,
        "created_at": tenant.created_at,
        "updated_at": tenant.updated_at,
    }
