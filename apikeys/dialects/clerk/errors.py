"""What went wrong, in Clerk's words: statuses that its clients understand, and its error list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from apikeys.api.pointers import parts
from apikeys.api.refusals import Refusal
from apikeys.api.requests import request_id_of
from apikeys.domain.errors import FieldError
from apikeys.domain.verdict import Outcome, Verdict

# Its Python client has a type for 400 and 404 only (and for the 409 of a create, where nothing can
# conflict here), and repeats every request that a 5xx answers for up to an hour: 429 it leaves to
# the program.
_STATUS: Mapping[int, int] = {409: 400, 503: 429}
_RETRY_SECONDS = "1"

# Clerk's own codes for what both have a code for; all others are ours.
_CODES: Mapping[str, str] = {
    "not_found": "resource_not_found",
    "not_authenticated": "authentication_invalid",
    "authentication_failed": "clerk_key_invalid",
    "permission_denied": "authorization_invalid",
    "insufficient_scope": "authorization_invalid",
}
_FIELD_CODES: Mapping[str, str] = {
    "required": "form_param_missing",
    "null": "form_param_nil",
    "unknown_field": "form_param_unknown",
    "unknown_parameter": "form_param_unknown",
    "repeated_parameter": "form_param_duplicate",
    "duplicate_member": "form_param_duplicate",
    "not_text": "form_param_type_invalid",
    "not_list": "form_param_type_invalid",
    "not_number": "form_param_type_invalid",
}
_FIELD_CODE = "form_param_value_invalid"

# One text, whatever is wrong with a key: nobody learns of keys by trying secrets.
NO_SUCH_SECRET = Refusal(404, "not_found", "No API key that is in force has this secret.")


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


def refusal_for(verdict: Verdict) -> Refusal | None:
    """How a verify is refused; None when it is not."""
    match verdict.outcome:
        case Outcome.VALID:
            return None
        case Outcome.UNDETERMINED:
            wait = _RETRY_SECONDS if verdict.retry_after is None else str(verdict.retry_after)
            detail = "The key cannot be checked at the moment. Try again shortly."
            return Refusal(503, verdict.outcome, detail, headers={"Retry-After": wait})
        case (
            Outcome.MALFORMED
            | Outcome.NOT_FOUND
            | Outcome.REVOKED
            | Outcome.DISABLED
            | Outcome.SUSPENDED
            | Outcome.PENDING
            | Outcome.MAINTENANCE
            | Outcome.EXPIRED
            | Outcome.WRONG_ENVIRONMENT
            | Outcome.HTTPS_REQUIRED
            | Outcome.IP_NOT_ALLOWED
            | Outcome.ORIGIN_NOT_ALLOWED
            | Outcome.DOMAIN_NOT_ALLOWED
            | Outcome.CERTIFICATE_REQUIRED
            | Outcome.CERTIFICATE_MISMATCH
            | Outcome.SIGNATURE_REQUIRED
            | Outcome.SIGNATURE_INVALID
            | Outcome.CLIENT_SECRET_REQUIRED
            | Outcome.CLIENT_SECRET_INVALID
            | Outcome.INSUFFICIENT_SCOPE
            | Outcome.RATE_LIMITED
            | Outcome.QUOTA_EXCEEDED
            | Outcome.CONCURRENCY_EXCEEDED
            | Outcome.CREDITS_EXHAUSTED
        ):
            return NO_SUCH_SECRET
        case _:
            assert_never(verdict.outcome)


def _of(refusal: Refusal) -> dict[str, Any]:
    code = _CODES.get(refusal.code, refusal.code)
    return {"message": refusal.detail, "long_message": refusal.detail, "code": code}


def _of_field(error: FieldError) -> dict[str, Any]:
    """One bad member or parameter; without a place in it, the whole body is meant.

    The names are Clerk's: `wire` judges bodies before any of our own names comes into play.
    """
    name, *rest = parts(error.pointer) or [""]
    if not name:
        return {"message": error.detail, "long_message": error.detail, "code": error.code}
    return {
        "message": error.detail,
        "long_message": f"{'/'.join([name, *rest])}: {error.detail}",
        "code": _FIELD_CODES.get(error.code, _FIELD_CODE),
        "meta": {"param_name": name},
    }
