"""What went wrong, in Authress' words: `{"title", "errorCode"}`; its clients read the title."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from apikeys.api.openapi import Failures
from apikeys.api.refusals import Refusal
from apikeys.api.requests import request_id_of
from clients.dialects.authress.schemas import Problem
from clients.dialects.authress.wire import FIELDS

FAILURES = Failures(Problem)


def refused(refusal: Refusal, request: HttpRequest | Request) -> HttpResponse:
    """A refusal as Authress' clients read it; see `problems.Teller`."""
    body: dict[str, Any] = {
        "title": " ".join([refusal.detail, *(_told(error) for error in refusal.errors)]),
        "errorCode": refusal.code,
        "errorId": request_id_of(request),
    }
    headers = {"Cache-Control": "no-store", **refusal.headers}
    return JsonResponse(body, status=refusal.status, headers=headers)


def _told(error: Any) -> str:
    name, _, rest = error.pointer.removeprefix("/").partition("/")
    field = FIELDS.get(name, name) + (f"/{rest}" if rest else "")
    return f"{field}: {error.detail}" if field else error.detail
