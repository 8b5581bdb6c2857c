"""From an exception to what the caller is told: the one table of statuses, and DRF's own kinds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions

from apikeys.api.pointers import field_errors
from apikeys.domain.errors import FieldError, InvalidInput, KeyServiceError, NotFound, NotPermitted

CHALLENGE = 'Bearer realm="keyservice"'


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a problem document says, apart from the request it answers.

    `scopes` are those that were demanded, where one was missing.
    """

    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()


class Refused(exceptions.APIException):
    """A refusal on its way out of a DRF view, whichever exception handler is installed there."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail, refusal.code)
        self.status_code = refusal.status
        self.refusal = refusal
        # What DRF's own handler reads.
        if challenge := refusal.headers.get("WWW-Authenticate"):
            self.auth_header = challenge
        if wait := refusal.headers.get("Retry-After"):
            self.wait = int(wait)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a broken expectation of the domain is answered over HTTP."""

    status: int
    retry_after_seconds: int | None = None


# By code. An hour is the window of the limit on reads, so a later try is not in vain.
ANSWERS: Mapping[str, Answer] = MappingProxyType(
    {
        "invalid_input": Answer(400),
        "ambiguous_credential": Answer(400),
        "insufficient_scope": Answer(403),
        "grant_exceeds_holder": Answer(403),
        "not_found": Answer(404),
        "key_revoked": Answer(409),
        "not_deleted": Answer(409),
        "retention_over": Answer(409),
        "secret_not_recoverable": Answer(409),
        "already_imported": Answer(409),
        "last_root_credential": Answer(409),
        "name_taken": Answer(409),
        # Of the app `clients`.
        "too_many_access_keys": Answer(409),
        "access_key_exists": Answer(409),
        "too_many_machine_scopes": Answer(409),
        "default_tenant_stays": Answer(409),
        "idempotency_in_progress": Answer(409, retry_after_seconds=1),
        "no_credits": Answer(409),
        "credits_exhausted": Answer(409),
        "reveal_gone": Answer(410),
        "version_mismatch": Answer(412),
        "idempotency_key_reused": Answer(422),
        "revocation_pending": Answer(503, retry_after_seconds=1),
        "undetermined": Answer(503, retry_after_seconds=1),
        "reveal_limit_reached": Answer(429, retry_after_seconds=3600),
    }
)

INTERNAL = Refusal(
    500,
    "internal",
    "Something went wrong here, not in your request. Tell the operator the request id.",
)
UNAVAILABLE = Refusal(
    503,
    "unavailable",
    "The database cannot be used at the moment. Try again shortly.",
    headers=MappingProxyType({"Retry-After": "1"}),
)
BODY_TOO_LARGE = Refusal(413, "body_too_large", "The body is larger than this call takes.")
MALFORMED = Refusal(400, "bad_request", "The request is malformed.")
FORBIDDEN = Refusal(403, "permission_denied", "The credential may not do this.")
MISSING = Refusal(404, NotFound.code, NotFound.detail)
METHOD_NOT_ALLOWED = Refusal(
    405, "method_not_allowed", "This address does not take this method; see the Allow field."
)
NOT_AUTHENTICATED = Refusal(
    401,
    "not_authenticated",
    "Send a credential as Authorization: Bearer or as X-API-Key.",
    headers=MappingProxyType({"WWW-Authenticate": CHALLENGE}),
)
# One text for unknown, revoked and expired: an outsider learns nothing about a key by trying it.
AUTHENTICATION_FAILED = Refusal(
    401,
    "authentication_failed",
    "The credential is unknown or no longer valid.",
    headers=MappingProxyType({"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}),
)


def refusal_of(exc: Exception, view: object = None) -> Refusal:
    """What to answer to an exception; `INTERNAL` for everything that nobody expected.

    `view` is asked for what it would have taken, where the answer has to name that.
    """
    match exc:
        case KeyServiceError():
            return _of_domain(exc)
        case Refused():
            return exc.refusal
        case exceptions.APIException():
            return _of_drf(exc, view)
        case Http404():
            return MISSING
        case PermissionDenied():
            return FORBIDDEN
        case RequestDataTooBig():
            return BODY_TOO_LARGE
        case SuspiciousOperation() | BadRequest() | MultiPartParserError() | UnreadablePostError():
            return MALFORMED
        case OperationalError() | InterfaceError():
            return UNAVAILABLE
        case _:
            return INTERNAL


def _of_domain(exc: KeyServiceError) -> Refusal:
    answer = ANSWERS.get(exc.code)
    if answer is None:
        return INTERNAL
    wait = answer.retry_after_seconds
    return Refusal(
        answer.status,
        exc.code,
        exc.detail,
        errors=exc.errors if isinstance(exc, InvalidInput) else (),
        headers={} if wait is None else {"Retry-After": str(wait)},
        scopes=exc.scopes if isinstance(exc, NotPermitted) else (),
    )


def _of_drf(exc: exceptions.APIException, view: object) -> Refusal:
    match exc:
        case exceptions.ValidationError():
            found = tuple(field_errors(exc.detail))
            return Refusal(400, InvalidInput.code, InvalidInput.detail, errors=found)
        case exceptions.NotAuthenticated():
            return NOT_AUTHENTICATED
        case exceptions.AuthenticationFailed():
            return AUTHENTICATION_FAILED
        case exceptions.NotFound():
            return MISSING
        case exceptions.MethodNotAllowed():
            return _with_header(METHOD_NOT_ALLOWED, "Allow", _names(view, "allowed_methods"))
        case exceptions.UnsupportedMediaType():
            return _unsupported(view)
        case exceptions.Throttled():
            return _throttled(exc)
        case _:
            return _as_raised(exc)


def _throttled(exc: exceptions.Throttled) -> Refusal:
    wait_seconds: float | None = exc.wait  # type: ignore[attr-defined]  # not in the stubs
    text = "" if wait_seconds is None else str(max(1, math.ceil(wait_seconds)))
    return _with_header(_as_raised(exc), "Retry-After", text)


def _as_raised(exc: exceptions.APIException) -> Refusal:
    """Status, code and sentence of the exception itself: both were written by a developer."""
    code, detail = exc.get_codes(), exc.detail
    if isinstance(code, str) and isinstance(detail, str):
        return Refusal(exc.status_code, code, str(detail))
    found = tuple(field_errors(detail))
    return Refusal(exc.status_code, "error", KeyServiceError.detail, errors=found)


def _unsupported(view: object) -> Refusal:
    parsers: Any = getattr(view, "parser_classes", ())
    taken = ", ".join(parser.media_type for parser in parsers)
    refusal = Refusal(415, "unsupported_media_type", f"Send the body as {taken or 'JSON'}.")
    return _with_header(refusal, "Accept", taken)


def _names(view: object, attribute: str) -> str:
    return ", ".join(getattr(view, attribute, ()))


def _with_header(refusal: Refusal, name: str, value: str) -> Refusal:
    if not value:
        return refusal
    return replace(refusal, headers={**refusal.headers, name: value})
