"""Errors on the wire: RFC 9457 problem documents, one shape for everything that goes wrong.

`type` is `about:blank`, for which the RFC says that the title is the phrase of the status; what
programs tell apart is the stable `code`.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request
from rest_framework.views import set_rollback

from apikeys.api.refusals import Refusal, refusal_of
from apikeys.api.requests import request_id_of
from apikeys.domain.errors import FieldError

CONTENT_TYPE = "application/problem+json"

# How a surface tells a refusal in its own words; `refused` below is the native one's.
Teller = Callable[[Refusal, HttpRequest | Request], HttpResponse]

_logger = logging.getLogger("apikeys.errors")


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    request: HttpRequest | Request,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    **extensions: object,
) -> HttpResponse:
    """A problem document. `detail` and `errors` are shown to the caller as they are.

    `extensions` are further members of the document; `type` and `title` may be replaced by them.
    """
    document: dict[str, object] = {
        "type": "about:blank",
        "title": _phrase(status),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id_of(request),
    }
    if listed := [_field(error) for error in errors]:
        document["errors"] = listed
    return JsonResponse(
        document | extensions,
        status=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        content_type=CONTENT_TYPE,
        json_dumps_params={"separators": (",", ":")},
    )


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Every exception out of a DRF view; see `REST_FRAMEWORK["EXCEPTION_HANDLER"]`.

    A view with a `refused` of its own tells in its own words, any other in problem documents.
    """
    set_rollback()
    view = context.get("view")
    tell: Teller = getattr(view, "refused", None) or refused
    return problem_of(exc, request=context["request"], view=view, tell=tell)


def problem_of(
    exc: Exception,
    *,
    request: HttpRequest | Request,
    view: object = None,
    tell: Teller | None = None,
) -> HttpResponse:
    """The answer that an exception amounts to. Breakdowns are logged, without their message."""
    refusal = refusal_of(exc, view)
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log_breakdown(exc, refusal, request)
    return (tell or refused)(refusal, request)


def refused(refusal: Refusal, request: HttpRequest | Request) -> HttpResponse:
    """A refusal as a problem document."""
    return problem(
        refusal.status,
        refusal.code,
        refusal.detail,
        request=request,
        errors=refusal.errors,
        headers=refusal.headers,
    )


def _log_breakdown(exc: Exception, refusal: Refusal, request: HttpRequest | Request) -> None:
    # Neither message nor traceback: both may quote a secret out of a frame or a statement. The
    # type and the line of code that raised it hold nothing of the request.
    kind = f"{type(exc).__module__}.{type(exc).__qualname__}"
    frames = traceback.extract_tb(exc.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"
    fields = {
        "code": refusal.code,
        "error_type": kind,
        "error_at": where,
        "request_id": request_id_of(request),
    }
    _logger.error("request broke down", extra=fields)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _field(error: FieldError) -> dict[str, str]:
    return {"pointer": error.pointer, "code": error.code, "detail": error.detail}
