"""What a request has left of its body when its answer is ready.

Most refusals are decided before the body is read, and often before it has come. A server that has
not seen the end of a request cannot find the next one behind it: granian then hangs up, often
without a word of it in the answer, and what the client sends next on that connection is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from apikeys.api.quick import read_in_turn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LAST_ANSWER = ("Connection", "close")


def with_bodies_taken(inner: WSGIApplication, bytes_max: int) -> WSGIApplication:
    """Take the rest of each body before its answer goes out, or else announce the hanging up.

    A rest of more than `bytes_max` is not waited for, nor one for which as many as may wait do.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _announces_body(environ):
            return inner(environ, start_response)
        read = environ["wsgi.input"].read

        def answer(status: str, fields: list[tuple[str, str]], *error: Any) -> Any:
            length = environ.get("CONTENT_LENGTH") or "0"
            if not (_is_at_most(length, bytes_max) and _is_taken(read, bytes_max)):
                fields = [*fields, _LAST_ANSWER]
            return start_response(status, fields, *error)

        return inner(environ, answer)

    return application


def _announces_body(environ: WSGIEnvironment) -> bool:
    length = environ.get("CONTENT_LENGTH", "")
    return length not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


def _is_at_most(length: str, bytes_max: int) -> bool:
    digits = len(str(bytes_max))
    return length.isdecimal() and len(length) <= digits and int(length) <= bytes_max


def _is_taken(read: Callable[[int], bytes], bytes_max: int) -> bool:
    """Whether the end of the body was seen."""
    try:
        rest = read_in_turn(lambda: read(bytes_max + 1))
    except OSError:
        return False  # the client is gone
    return rest is not None and len(rest) <= bytes_max
