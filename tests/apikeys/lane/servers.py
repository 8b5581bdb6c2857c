"""One request, answered by each of the servers of verify: the lane, the view, and the long way."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIHandler

from apikeys.api.verifying import VerifyViewSet
from apikeys.lane import FastLane

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATH = "/api/v1/api_keys/verify"
_LEASE = re.compile(rb'("lease":"lease_)[0-9a-f]+"')
_CHANGING = re.compile(rb'("remaining":)[0-9]+(,"reset_at":)(?:null|"[^"]*")')


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its body, and what differs from an ordinary one; a null leaves a field out."""

    body: bytes
    environ: Mapping[str, Any] = field(default_factory=dict)

    def fresh(self) -> WSGIEnvironment:
        """The environment as a server gives it, with a body that nobody has read."""
        ordinary: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": PATH,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": sys.stderr,
        }
        merged = {**ordinary, **self.environ}
        return {name: value for name, value in merged.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer without what differs from one request to the next."""

    status: str
    fields: tuple[tuple[str, str], ...]
    body: bytes
    request_id: str = field(compare=False)


class Servers:
    """Django's handler, and the lane before it."""

    def __init__(self) -> None:
        self._django = WSGIHandler()
        self._lane = FastLane(self._counted)
        self.fell_through = 0

    def lane(self, asked: Asked) -> Told:
        return _answer(self._lane, asked)

    def view(self, asked: Asked) -> Told:
        return _answer(self._django, asked)

    def long_way(self, asked: Asked) -> Told:
        with _through_the_rest_framework():
            return _answer(self._django, asked)

    def took(self, asked: Asked) -> bool:
        """Whether the lane answers this by itself."""
        before = self.fell_through
        self.lane(asked)
        return self.fell_through == before

    def _counted(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.fell_through += 1
        with _through_the_rest_framework():
            return self._django(environ, start_response)


@contextmanager
def _through_the_rest_framework() -> Iterator[None]:
    VerifyViewSet.quickly = False
    try:
        yield
    finally:
        VerifyViewSet.quickly = True


def _answer(application: Any, asked: Asked) -> Told:
    started: list[tuple[str, list[tuple[str, str]]]] = []
    answer = application(asked.fresh(), lambda status, fields: started.append((status, fields)))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    ((status, fields),) = started
    request_id = dict(fields).pop("X-Request-ID")
    kept = sorted((name, value) for name, value in fields if name not in ("X-Request-ID", "Date"))
    body = body.replace(request_id.encode(), b"the request's")
    body = _LEASE.sub(rb'\1new"', _CHANGING.sub(rb"\1 changes\2", body))
    return Told(status, tuple(kept), body, request_id)
