"""The secret key of a machine as a credential, for the views that name this judge."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from apikeys.api.authentication import Principal
from apikeys.api.presenting import caller_address
from apikeys.api.refusals import AUTHENTICATION_FAILED, Refused
from apikeys.api.requests import request_id_of
from apikeys.domain.actors import Actor
from apikeys.domain.secret import Secret
from clients.api.rates import require_rate
from clients.domain.errors import BadToken
from clients.domain.machines import SECRET_PREFIX
from clients.models import ServiceClient
from clients.operations import machine_of

_logger = logging.getLogger(__name__)


def judge_machine(
    request: Request, secret: Secret, _: tuple[str, ...]
) -> tuple[Principal, Any] | None:
    """The machine whose secret key this is, which is `request.auth` then, a `ServiceClient`.

    It has no scopes, so those of the view bind management credentials alone. None for another
    credential: a management key may begin with the same prefix. See `authentication.Judge`.
    """
    if not secret.reveal().startswith(f"{SECRET_PREFIX}_"):
        return None
    try:
        machine = machine_of(secret)
    except BadToken as error:
        _logger.info("machine refused", extra={"reason": error.reason})
        raise Refused(AUTHENTICATION_FAILED) from None
    if machine is None:
        return None
    require_rate(request._request, machine)
    return Principal(_actor(machine, request._request)), machine


def _actor(machine: ServiceClient, request: HttpRequest) -> Actor:
    tenant_id = machine.tenant.public_id
    return Actor(
        kind="service_client",
        id=machine.public_id,
        scopes=(),
        tenant_id=tenant_id,
        home_tenant_id=tenant_id,
        ip=caller_address(request),
        request_id=request_id_of(request),
    )
