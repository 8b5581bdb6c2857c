"""What one request is called, and the one line that is written about it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

from apikeys.domain.ids import new_request_id
from apikeys.domain.minting import SCANNER_PATTERN

HEADER = "X-Request-ID"
META_NAME = "HTTP_X_REQUEST_ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SECRET = re.compile(SCANNER_PATTERN)  # pasted into the wrong field, it would be kept for ever
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

_logger = logging.getLogger("apikeys.access")


class RequestIdMiddleware:
    """Names each request, echoes the name, and writes one line to the logger `apikeys.access`.

    Belongs outermost, so that every answer carries the name. The caller's own id is taken when it
    is harmless in a header and in a log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = request_name(request.META.get(META_NAME, ""))
        request.request_id = request_id  # type: ignore[attr-defined]  # read by `request_id_of`
        response = self._get_response(request)
        response.headers[HEADER] = request_id
        if getattr(request, "is_rehearsal", False):
            return response  # of the fast lane: no request, so no line
        match = request.resolver_match
        told = Told(request.method or "", match.route if match else "unmatched", request_id)
        is_verdict = getattr(response, "is_verdict", False)
        seconds = time.perf_counter() - started
        log_answer(told, response.status_code, seconds, is_verdict=is_verdict)
        return response


class Told(NamedTuple):
    """What is told of a request: never its path, which is the caller's, and may hold a secret."""

    method: str
    route: str
    request_id: str


def request_id_of(request: object) -> str | None:
    """The name of a request, Django's or DRF's; None where the middleware is not installed."""
    return getattr(request, "request_id", None)


def request_name(given: str) -> str:
    """The caller's own id of the request if it is harmless, else a new one."""
    if not given:
        return new_request_id()
    fits = _ACCEPTABLE.fullmatch(given) and not _SECRET.search(given)
    return given if fits else new_request_id()


def log_answer(told: Told, status: int, seconds: float, *, is_verdict: bool = False) -> None:
    """Write the one line about a request.

    A verdict is told at level DEBUG: there is one on every request that somebody else serves, and
    what came of it is counted and kept as usage.
    """
    level = logging.DEBUG if is_verdict and status == HTTPStatus.OK else logging.INFO
    if not _logger.isEnabledFor(level):
        return
    # The route is the pattern that matched, and a method outside the usual ones is text of the
    # caller too.
    fields: dict[str, object] = {
        "method": told.method if told.method in _METHODS else "OTHER",
        "route": told.route,
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
        "request_id": told.request_id,
    }
    # Not `log`, which first walks the stack for a line of code that nobody is told.
    name = _logger.name
    _logger.handle(
        _logger.makeRecord(name, level, "", 0, "request answered", (), None, extra=fields)
    )
