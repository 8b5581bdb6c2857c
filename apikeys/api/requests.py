"""What one request is called, and the one line that is written about it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apikeys.domain.ids import new_request_id
from apikeys.domain.minting import SCANNER_PATTERN

HEADER = "X-Request-ID"
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
        request_id = _acceptable(request.headers.get(HEADER, "")) or new_request_id()
        request.request_id = request_id  # type: ignore[attr-defined]  # read by `request_id_of`
        response = self._get_response(request)
        response.headers[HEADER] = request_id
        _log(request, response.status_code, time.perf_counter() - started)
        return response


def request_id_of(request: object) -> str | None:
    """The name of a request, Django's or DRF's; None where the middleware is not installed."""
    return getattr(request, "request_id", None)


def _acceptable(given: str) -> str | None:
    fits = _ACCEPTABLE.fullmatch(given) and not _SECRET.search(given)
    return given if fits else None


def _log(request: HttpRequest, status: int, seconds: float) -> None:
    # Never the path or the query: both are the caller's, and a secret may be in either. The route
    # is the pattern that matched, and a method outside the usual ones is text of the caller too.
    match = request.resolver_match
    fields: dict[str, object] = {
        "method": request.method if request.method in _METHODS else "OTHER",
        "route": match.route if match else "unmatched",
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
        "request_id": request_id_of(request),
    }
    _logger.info("request answered", extra=fields)
