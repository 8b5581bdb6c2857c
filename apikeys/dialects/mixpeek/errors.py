"""What went wrong, in Mixpeek's words: an ErrorResponse, whatever the status."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from apikeys.api.pointers import parts, renamed
from apikeys.api.refusals import Refusal
from apikeys.api.requests import request_id_of
from apikeys.dialects.mixpeek.wire import NAMES
from apikeys.domain.errors import FieldError, InvalidInput, KeyRevoked

# Mixpeek answers bad fields as FastAPI does, malformed JSON among them, and has no model of a 409
# for what can never be changed again.
_STATUSES = MappingProxyType({InvalidInput.code: 422, KeyRevoked.code: 400})
_TYPES = MappingProxyType(
    {
        400: "bad_request",
        401: "unauthorized",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        409: "conflict",
        412: "precondition_failed",
        413: "payload_too_large",
        415: "unsupported_media_type",
        422: "validation_error",
        429: "rate_limit_exceeded",
        500: "internal_server_error",
        503: "service_unavailable",
    }
)
# Natively a new end brings an expired key back.
TERMINAL = Refusal(
    400,
    "key_terminal",
    "Revoked and expired keys cannot be brought back. Create a new key instead.",
)
HELD = Refusal(
    400,
    "key_held",
    "The key is held for a reason that cannot be lifted here. Use the native API.",
)
STATUS_ALONE = Refusal(
    400,
    "status_alone",
    "Send status alone: a change of standing is a request of its own.",
)
PROTECTED = Refusal(
    403, "key_protected", "The key named admin-key cannot be changed, rotated or deleted here."
)
by_their_names = partial(renamed, MappingProxyType({**NAMES, "subject": "user_email"}))


def refused(refusal: Refusal, request: HttpRequest | Request) -> HttpResponse:
    """A refusal as an ErrorResponse."""
    status = _STATUSES.get(refusal.code, refusal.status)
    error = {
        "message": refusal.detail,
        "type": _TYPES.get(status, "error"),
        "code": refusal.code,
        "details": _details(refusal, request),
    }
    return JsonResponse(
        {"success": False, "status": status, "error": error},
        status=status,
        headers={"Cache-Control": "no-store", **refusal.headers},
        json_dumps_params={"separators": (",", ":")},
    )


def _details(refusal: Refusal, request: HttpRequest | Request) -> dict[str, Any]:
    details: dict[str, Any] = {"request_id": request_id_of(request)}
    if wait := refusal.headers.get("Retry-After"):
        details["retry_after_seconds"] = int(wait)
    if refusal.errors:
        details["validation_errors"] = [_field(error) for error in refusal.errors]
    return details


def _field(error: FieldError) -> dict[str, str]:
    """`/scopes/0/resource_id` is `scopes.0.resource_id`; the body as a whole is `body`."""
    field = ".".join(parts(error.pointer)) or "body"
    return {"field": field, "code": error.code, "message": error.detail}


def in_use(applications: Iterable[str]) -> Refusal:
    """`applications` would break without the key."""
    named = ", ".join(applications)
    detail = f"These applications use the key: {named}. Send force=true to revoke it anyway."
    return Refusal(409, "key_in_use", detail)
