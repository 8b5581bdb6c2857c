"""Tokens of service clients as credentials of the management API; see `apikeys.api`."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from apikeys.api.authentication import Principal
from apikeys.api.outcomes import insufficient_scope
from apikeys.api.presenting import caller_address, certificate_thumbprint
from apikeys.api.refusals import AUTHENTICATION_FAILED, Refused
from apikeys.api.requests import request_id_of
from apikeys.domain.actors import Actor
from apikeys.domain.scopes import missing_scopes
from apikeys.domain.secret import Secret
from clients.api.rates import require_rate
from clients.domain.errors import BadToken
from clients.domain.tokens import looks_like_token
from clients.operations.bearers import Bearer, bearer_of

_logger = logging.getLogger(__name__)


def judge_token(
    request: Request, secret: Secret, scopes: tuple[str, ...]
) -> tuple[Principal, Any] | None:
    """The client whose token this is, if it holds the scopes; see `authentication.Judge`."""
    if not looks_like_token(secret.reveal()):
        return None
    bearer = _bearer(request._request, secret)
    if missing_scopes(bearer.scopes, scopes):
        raise Refused(insufficient_scope(scopes))
    require_rate(request._request, bearer.client)
    return Principal(actor_of(bearer, request._request)), bearer


def actor_of(bearer: Bearer, request: HttpRequest) -> Actor:
    """The client as an actor on this request. It never leaves its tenant."""
    tenant_id = bearer.client.tenant.public_id
    return Actor(
        kind="service_client",
        id=bearer.client.public_id,
        scopes=bearer.scopes,
        tenant_id=tenant_id,
        home_tenant_id=tenant_id,
        ip=caller_address(request),
        request_id=request_id_of(request),
    )


def _bearer(request: HttpRequest, secret: Secret) -> Bearer:
    try:
        return bearer_of(secret.reveal(), thumbprint=lambda: certificate_thumbprint(request))
    except BadToken as error:
        _logger.info("token refused", extra={"reason": error.reason})
        raise Refused(AUTHENTICATION_FAILED) from None
