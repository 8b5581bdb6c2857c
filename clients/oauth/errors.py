"""What goes wrong, as RFC 6749 tells it (section 5.2): `{"error", "error_description"}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from apikeys.api.refusals import Refusal, Refused

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_CODES = {401: "invalid_client", 403: "insufficient_scope", 500: "server_error"}


class OAuthError(Refused):
    """An error of RFC 6749 on its way out of a view."""

    def __init__(
        self,
        error: str,
        description: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(Refusal(status, error, description, headers=headers or {}))


def invalid_request(description: str) -> OAuthError:
    """400: a parameter is missing, comes twice, or cannot be read."""
    return OAuthError("invalid_request", description)


def invalid_client(scheme: str | None = None) -> OAuthError:
    """401, the same whatever was wrong. `scheme` is the one of the Authorization field, if any."""
    challenge = 'Basic realm="keyservice"' if scheme == "Basic" else 'Bearer realm="keyservice"'
    return OAuthError(
        "invalid_client",
        "The client is unknown, or did not prove itself.",
        status=401,
        headers={"WWW-Authenticate": challenge},
    )


def too_many_attempts(seconds: int) -> OAuthError:
    """429: wrong credentials came too often."""
    return OAuthError(
        "temporarily_unavailable",
        "Too many failed attempts. Wait, and check the credentials.",
        status=429,
        headers={"Retry-After": str(seconds)},
    )


def refused(refusal: Refusal, request: HttpRequest | Request) -> HttpResponse:
    """A refusal in the words of RFC 6749; see `problems.Teller`."""
    return JsonResponse(
        body_of(refusal), status=refusal.status, headers={**NO_STORE, **refusal.headers}
    )


def refused_to_authress(refusal: Refusal, request: HttpRequest | Request) -> HttpResponse:
    """The same, with the `title` that Authress' clients read."""
    body = {**body_of(refusal), "title": refusal.detail, "errorCode": refusal.code}
    return JsonResponse(body, status=refusal.status, headers={**NO_STORE, **refusal.headers})


def body_of(refusal: Refusal) -> dict[str, Any]:
    """The members of the error; a code of ours becomes the closest of RFC 6749."""
    described = " ".join([refusal.detail, *(error.detail for error in refusal.errors)])
    return {"error": _error(refusal), "error_description": _ascii(described)}


def _error(refusal: Refusal) -> str:
    if refusal.code in _OURS:
        return refusal.code
    if refusal.status in (429, 503):
        return "temporarily_unavailable"
    return _CODES.get(refusal.status, "invalid_request")


_OURS = frozenset(
    {
        *("invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "invalid_target"),
        *("unsupported_grant_type", "unsupported_token_type", "temporarily_unavailable"),
    }
)


def _ascii(text: str) -> str:
    """The characters that section 5.2 allows: printable ASCII without quote and backslash."""
    return "".join(
        letter if " " <= letter <= "~" and letter not in '"\\' else "'" for letter in text
    )
