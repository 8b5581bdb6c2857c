"""What went wrong, in the vendor's shapes: each status has a model of its own.

`code` is a word of the vendor's in seven of them and a number in the others; its client drops the
whole body if it meets the other kind. Statuses without a model get the number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from apikeys.api.pointers import parts, renamed
from apikeys.api.refusals import NOT_AUTHENTICATED, Refusal
from apikeys.api.requests import request_id_of
from apikeys.dialects.playbook.wire import NAMES
from apikeys.domain.errors import FieldError
from apikeys.domain.verdict import Outcome

by_their_names = partial(renamed, NAMES)

_REFUSED_FIELDS: Mapping[str, str] = {
    "required": "PARAM_MISSING_VALUE",
    "page_size": "PAGE_SIZE_INVALID",
    "too_short": "FIELD_TOO_SHORT",
    "malformed_json": "INVALID_FORMAT",
    "not_base64": "INVALID_FORMAT",
    "not_integer": "INVALID_FORMAT",
}
_USED_UP = (Outcome.QUOTA_EXCEEDED, Outcome.CREDITS_EXHAUSTED)

Part = Callable[[Refusal, HttpRequest | Request], dict[str, Any]]


def refused(refusal: Refusal, request: HttpRequest | Request) -> HttpResponse:
    """A refusal as the model of its status."""
    part = _PARTS.get(refusal.status)
    return JsonResponse(
        {
            "code": _code(refusal),
            "message": refusal.detail,
            **(part(refusal, request) if part else {}),
        },
        status=refusal.status,
        headers={"Cache-Control": "no-store", **refusal.headers},
        json_dumps_params={"separators": (",", ":")},
    )


def _code(refusal: Refusal) -> str | int:
    match refusal.status:
        case 400:
            codes = {_REFUSED_FIELDS.get(it.code, "VALIDATION_ERROR") for it in refusal.errors}
            return codes.pop() if len(codes) == 1 else "VALIDATION_ERROR"
        case 401:
            missing = refusal.code == NOT_AUTHENTICATED.code
            return "BEARER_TOKEN_MISSING" if missing else "AUTH_FAILED_INVALID_BEARER_TOKEN"
        case 404:
            return "RESOURCE_NOT_FOUND"
        case 409:
            return "DUPLICATE_ENTRY"
        case 429:
            return "QUOTA_EXCEEDED" if refusal.code in _USED_UP else "RATE_LIMIT_EXCEEDED"
        case 500:
            return "INTERNAL_ERROR"
        case 503:
            return "UNAVAILABLE"
        case status:
            return status


def _violations(refusal: Refusal, _: object) -> dict[str, Any]:
    told = [
        {"field": _field(error), "validation": error.code, "message": error.detail}
        for error in refusal.errors
    ]
    return {"fieldViolations": told}


def _permissions(refusal: Refusal, _: object) -> dict[str, Any]:
    return {"reason": refusal.code, "requiredPermissions": list(refusal.scopes)}


def _methods(refusal: Refusal, _: object) -> dict[str, Any]:
    allowed = refusal.headers.get("Allow", "")
    return {"allowedMethods": [method.strip() for method in allowed.split(",") if method]}


def _conflict(refusal: Refusal, _: object) -> dict[str, Any]:
    return {"conflictInfo": {"resourceType": "api_key", "conflictReason": refusal.code}}


def _conditions(refusal: Refusal, _: object) -> dict[str, Any]:
    return {"failedConditions": [refusal.code]}


def _incident(_: Refusal, request: HttpRequest | Request) -> dict[str, Any]:
    return {"incidentId": request_id_of(request)}


_PARTS: Mapping[int, Part] = {
    400: _violations,
    403: _permissions,
    405: _methods,
    409: _conflict,
    412: _conditions,
    500: _incident,
    503: _incident,
}


def _field(error: FieldError) -> str:
    """`/allowedIps/0` is `allowedIps[0]`, as protobuf writes paths."""
    first, *rest = parts(error.pointer) or [""]
    return first + "".join(f"[{it}]" if it.isdecimal() else f".{it}" for it in rest)
