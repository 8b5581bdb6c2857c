"""Who calls, in the way of the vendor's client."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from apikeys.api.authentication import ManagementAuthentication, Principal
from apikeys.api.presenting import caller_address, credential_in
from apikeys.api.requests import request_id_of
from apikeys.conf import settings
from apikeys.domain.actors import Actor
from apikeys.domain.secret import Secret
from apikeys.operations.tenants import ensure_default_tenant

ANONYMOUS = "anonymous"

_FIELD = "X-API-Key"
_PREFIX = "bearer "


class PlaybookAuthentication(ManagementAuthentication):
    """A management key in X-API-Key, behind the prefix `Bearer` if the client's user set that.

    The vendor's client sends no credential with its two create calls. Where
    `PLAYBOOK_ANONYMOUS_CREATE` allows it, they are let through as nobody in particular.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        return super().authenticate(request) or _anonymous(request)

    def credential(self, request: HttpRequest) -> Secret | None:
        sent = request.headers.get(_FIELD, "").strip()
        bare = sent[len(_PREFIX) :] if sent.lower().startswith(_PREFIX) else sent
        return credential_in(request.headers.get("Authorization", ""), bare)


def _anonymous(request: Request) -> tuple[Any, Any] | None:
    view = (request.parser_context or {}).get("view")
    if not settings.PLAYBOOK_ANONYMOUS_CREATE or getattr(view, "action", None) != "create":
        return None
    tenant_id = ensure_default_tenant().public_id
    actor = Actor(
        kind=ANONYMOUS,
        id=ANONYMOUS,
        scopes=("api_keys:write",),
        tenant_id=tenant_id,
        home_tenant_id=tenant_id,
        ip=caller_address(request._request),
        request_id=request_id_of(request),
    )
    return Principal(actor), None
