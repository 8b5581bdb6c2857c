"""What went wrong, in Clerk's words: statuses that its clients understand, and its error list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from apikeys.api.refusals import Refusal
from apikeys.api.requests import request_id_of
from apikeys.domain.errors import FieldError
from clients.dialects.clerk.wire import FIELDS

# Its Python client repeats every request that a 5xx answers for up to an hour; 429 it leaves to
# the program. It has a type for a 400 everywhere, but for a 409 almost nowhere.
_STATUS: Mapping[int, int] = {409: 400, 503: 429}
_RETRY_SECONDS = "1"
_CODES: Mapping[str, str] = {
    "not_found": "resource_not_found",
    "not_authenticated": "authentication_invalid",
    "authentication_failed": "clerk_key_invalid",
    "permission_denied": "authorization_invalid",
    "insufficient_scope": "authorization_invalid",
}
_FIELD_CODES: Mapping[str, str] = {
    "required": "form_param_missing",
    "unknown_field": "form_param_unknown",
    "unknown_parameter": "form_param_unknown",
    "repeated_parameter": "form_param_duplicate",
    "duplicate_member": "form_param_duplicate",
    "not_text": "form_param_type_invalid",
    "not_list": "form_param_type_invalid",
    "not_number": "form_param_type_invalid",
    "not_integer": "form_param_type_invalid",
}
_FIELD_CODE = "form_param_value_invalid"

MACHINE_KEY_REQUIRED = Refusal(
    400,
    "machine_secret_key_required",
    "A token is made for the machine that asks: send the secret key of a machine.",
)


def refused(refusal: Refusal, request: HttpRequest | Request) -> HttpResponse:
    """A refusal as Clerk's clients read it: `{"errors": […], "clerk_trace_id": …}`.

    The media type has no charset: Clerk's JavaScript client compares it byte for byte.
    """
    status = _STATUS.get(refusal.status, refusal.status)
    waiting = {"Retry-After": _RETRY_SECONDS} if status == 429 else {}
    items = [_of_field(error) for error in refusal.errors] or [_of(refusal)]
    return JsonResponse(
        {"errors": items, "clerk_trace_id": request_id_of(request)},
        status=status,
        headers={"Cache-Control": "no-store", **waiting, **refusal.headers},
        content_type="application/json",
        json_dumps_params={"separators": (",", ":")},
    )


def _of(refusal: Refusal) -> dict[str, Any]:
    code = _CODES.get(refusal.code, refusal.code)
    return {"message": refusal.detail, "long_message": refusal.detail, "code": code}


def _of_field(error: FieldError) -> dict[str, Any]:
    """One bad member or parameter; without a place in it, the whole body is meant."""
    name, *rest = [_unescaped(part) for part in error.pointer.split("/")[1:]] or [""]
    if not name:
        return {"message": error.detail, "long_message": error.detail, "code": error.code}
    if error.code != "unknown_field":  # a word of ours is none of Clerk's
        name = FIELDS.get(name, name)
    return {
        "message": error.detail,
        "long_message": f"{'/'.join([name, *rest])}: {error.detail}",
        "code": _FIELD_CODES.get(error.code, _FIELD_CODE),
        "meta": {"param_name": name},
    }


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
