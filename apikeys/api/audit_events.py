"""`/api/v1/audit_events`: who did what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.api import schemas
from apikeys.api.filters import AuditFilter
from apikeys.api.openapi import documented
from apikeys.api.views import ListViewSet
from apikeys.models import AuditEvent

_COLUMNS = (
    "sequence",
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "object_type",
    "object_id",
    "reason",
    "changes",
    "ip",
    "request_id",
    "previous_mac",
    "mac",
)


class AuditEventViewSet(ListViewSet):
    """The audit trail, newest first. It can be read and nothing else."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class = AuditFilter
    queryset = AuditEvent.objects.none()
    scopes: ClassVar[Mapping[str, str]] = {"list": "audit:read"}

    def get_queryset(self) -> Any:
        events = AuditEvent.objects.select_related("tenant")
        reach = self.actor.tenant_id
        return events if reach is None else events.filter(tenant__public_id=reach)

    @documented("List audit events, newest first", answer=schemas.AuditEvent, many=True)
    def list(self, request: Request) -> Response:
        return self.respond_with_page(request, _shown)


def _shown(event: AuditEvent) -> dict[str, Any]:
    return {
        "id": event.public_id,
        "tenant": event.tenant.public_id,
        **{name: getattr(event, name) for name in _COLUMNS},
    }
