"""The fast lane: a WSGI wrapper that answers plain verifies before Django's handler.

Whatever it is not sure of goes on to Django untouched, so that all errors are told there. Its
answers carry the header fields that the project's own middleware gives to Django's; a middleware
whose fields depend on more than the scheme of a request is not for a project with this lane.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse

from apikeys.api import quick, verdicts
from apikeys.api.requests import HEADER, META_NAME, Told, log_answer, request_name

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OF_ONE_ANSWER = frozenset({HEADER, "Content-Length"})
_STATUS_LINES = {it: f"{it.value} {it.phrase}" for it in HTTPStatus}


class FastLane:
    """Answers `POST …/api_keys/verify` by itself where it can, else asks `inner`."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner
        self._path = reverse("apikeys:verify")
        self._route = resolve(self._path).route
        rehearsed = {scheme: _fields_over(scheme, self._path) for scheme in ("http", "https")}
        self._fields = {scheme: fields for scheme, fields in rehearsed.items() if fields}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        common = self._fields.get(environ.get("wsgi.url_scheme", ""))
        if environ.get("PATH_INFO") != self._path or environ.get("SCRIPT_NAME") or not common:
            return self._inner(environ, start_response)
        started = time.perf_counter()
        answer = _answer(environ)
        if answer is None:
            return self._inner(environ, start_response)
        request_id = request_name(environ.get(META_NAME, ""))
        fields = [
            *common,
            *answer.fields,
            ("Content-Length", str(len(answer.body))),
            (HEADER, request_id),
        ]
        start_response(_STATUS_LINES[HTTPStatus(answer.status)], fields)
        told = Told("POST", self._route, request_id)
        log_answer(told, answer.status, time.perf_counter() - started, is_verdict=True)
        return (answer.body,)


def _answer(environ: WSGIEnvironment) -> quick.QuickAnswer | None:
    length = quick.announced_bytes(environ)
    if length is None:
        return None
    try:
        body = quick.read_in_turn(lambda: _read(environ["wsgi.input"], length))
    except OSError:
        return None  # the caller is gone, as Django will notice too
    if body is None:
        return None
    environ["wsgi.input"] = io.BytesIO(body)  # for Django, should it have to answer
    if len(body) != length:
        return None
    try:
        return quick.answer_to(environ, body, scheme=environ["wsgi.url_scheme"], server="lane")
    finally:
        _close_connections()


def _read(stream: Any, length: int) -> bytes:
    """`length` bytes, or fewer when the input ends before. One read need not give all."""
    body: bytes = stream.read(length)
    while len(body) < length and (more := stream.read(length - len(body))):
        body += more
    return body


class _Opened(threading.local):
    """Whether this thread may have a connection to the database open.

    Looking for one takes longer than a verify that needs none can spare.
    """

    maybe = False


_opened = _Opened()


def _note(**_: object) -> None:
    _opened.maybe = True


connection_created.connect(_note, dispatch_uid="apikeys.lane")


def _close_connections() -> None:
    """What Django does after a request, where this thread has opened a connection.

    In a transaction it is not this request's: that of a test, which Django would break off.
    """
    if not _opened.maybe:
        return
    open_ones = [it for it in connections.all(initialized_only=True) if it.connection is not None]
    for connection in open_ones:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
    _opened.maybe = any(it.connection is not None for it in open_ones)


class _Rehearsal(WSGIHandler):
    """The project's middleware around an answer of verify that nobody asked for."""

    def _get_response(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers=dict(verdicts.HEADERS))


def _fields_over(scheme: str, path: str) -> tuple[tuple[str, str], ...]:
    """The header fields that every answer of verify has when it is asked over this scheme.

    Nothing when the middleware does not let such a request through, as to redirect it to HTTPS.
    """
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": _some_host(),
            "SERVER_PORT": "443" if scheme == "https" else "80",
            "wsgi.url_scheme": scheme,
            "wsgi.input": io.BytesIO(),
        }
    )
    request.is_rehearsal = True  # type: ignore[attr-defined]  # read by `RequestIdMiddleware`
    response = _Rehearsal().get_response(request)
    if response.status_code != HTTPStatus.OK:
        return ()
    return tuple(
        (name, value) for name, value in response.headers.items() if name not in _OF_ONE_ANSWER
    )


def _some_host() -> str:
    """A host that the project answers to."""
    names = (name.lstrip(".") for name in settings.ALLOWED_HOSTS)
    return next((name for name in names if name and name != "*"), "localhost")
