"""What goes wrong outside of DRF, told by the surface it happened on: routing, hosts, views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from apikeys.api.mounts import mount_at
from apikeys.api.problems import problem_of
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
    """Below the prefix of a surface no error leaves as a page, Django's debug pages included.

    Errors that are JSON already stay as they are: problem documents, but also what OAuth and an
    undecided verify answer in a shape of their own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code < 400 or _is_json(response):
            return response
        mount = mount_at(request.path_info)
        if mount is None:
            return response
        kept = {name: response[name] for name in _KEPT_HEADERS if name in response}
        refusal = _REFUSALS.get(response.status_code) or _nameless(response.status_code)
        return mount.refused(replace(refusal, status=response.status_code, headers=kept), request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer what a view let escape before Django prints the exception into its log."""
        mount = mount_at(request.path_info)
        if mount is None:
            return None
        return problem_of(exception, request=request, tell=mount.refused)


def _is_json(response: HttpResponse) -> bool:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _nameless(status: int) -> Refusal:
    return INTERNAL if status >= 500 else Refusal(status, "error", "The request was refused.")
