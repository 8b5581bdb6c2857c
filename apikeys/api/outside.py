"""Problem documents for what goes wrong outside of DRF: routing, hosts, CSRF, plain views."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apikeys.api.problems import problem, problem_of
from apikeys.api.refusals import (
    BODY_TOO_LARGE,
    FORBIDDEN,
    INTERNAL,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    MISSING,
    UNAVAILABLE,
    Refusal,
)

PREFIXES = ("/api/",)
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
_REFUSALS = {
    refusal.status: refusal
    for refusal in (
        MALFORMED,
        FORBIDDEN,
        MISSING,
        METHOD_NOT_ALLOWED,
        BODY_TOO_LARGE,
        INTERNAL,
        UNAVAILABLE,
    )
}


class ProblemsEverywhere:
    """Below the given prefixes no error leaves as a page, Django's debug pages included.

    Errors that are JSON already stay as they are: problem documents, but also what OAuth and an
    undecided verify answer in a shape of their own.
    """

    def __init__(
        self,
        get_response: Callable[[HttpRequest], HttpResponse],
        prefixes: tuple[str, ...] = PREFIXES,
    ) -> None:
        self._get_response = get_response
        self._prefixes = prefixes

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code < 400 or not self._covers(request) or _is_json(response):
            return response
        kept = {name: response[name] for name in _KEPT_HEADERS if name in response}
        refusal = _REFUSALS.get(response.status_code) or _nameless(response.status_code)
        return problem(
            response.status_code, refusal.code, refusal.detail, request=request, headers=kept
        )

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer what a view let escape before Django prints the exception into its log."""
        return problem_of(exception, request=request) if self._covers(request) else None

    def _covers(self, request: HttpRequest) -> bool:
        return request.path_info.startswith(self._prefixes)


def _is_json(response: HttpResponse) -> bool:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _nameless(status: int) -> Refusal:
    return INTERNAL if status >= 500 else Refusal(status, "error", "The request was refused.")
