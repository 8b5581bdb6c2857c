"""What a request has left of its body when its answer is ready.

Most refusals are decided before the body is read, and often before it has come. A server that has
not seen the end of a request cannot find the next one behind it: granian then hangs up, often
without a word of it in the answer, and what the client sends next on that connection is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from apikeys.api.quick import read_in_turn

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

_HANGING_UP = ("Connection", "close")


def with_bodies_taken(inner: WSGIApplication, bytes_max: int) -> WSGIApplication:
    """Take the rest of each body before its answer goes out, or else announce the hanging up.

    A rest of more than `bytes_max` or of unknown length is not waited for, nor one that the client
    wants to be asked for, nor one for which as many threads wait as may. A server that does not
    mark the end of its input is left alone: it has its own way, and PEP 3333 gives it the field.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not (_announces_body(environ) and environ.get("wsgi.input_terminated")):
            return inner(environ, start_response)
        body = environ["wsgi.input"] = _Body(environ["wsgi.input"], _length_of(environ))
        may_wait = "HTTP_EXPECT" not in environ

        def answer(status: str, fields: list[tuple[str, str]], *error: Any) -> Any:
            if not (body.is_read or (may_wait and body.read_rest(bytes_max))):
                fields = [*fields, _HANGING_UP]
            return start_response(status, fields, *error)

        return inner(environ, answer)

    return application


class _Body:
    """The input of a request, which knows whether it was read to its end.

    `length` is None where nobody told. Django reads in these two ways only.
    """

    def __init__(self, stream: InputStream, length: int | None) -> None:
        self._stream, self._left = stream, length

    @property
    def is_read(self) -> bool:
        return self._left == 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if self._left is None and len(data) < size:
            self._left = 0
        return self._counted(data)

    def readline(self, size: int) -> bytes:
        return self._counted(self._stream.readline(size))

    def read_rest(self, bytes_max: int) -> bool:
        """Read on, if that is no more and it is this thread's turn; whether the end was reached."""
        left = self._left
        if left is None or left > bytes_max:
            return False
        try:
            read_in_turn(lambda: self.read(left))
        except OSError:
            return False  # the client is gone
        return self.is_read

    def _counted(self, data: bytes) -> bytes:
        if self._left:
            self._left -= len(data)
        return data


def _announces_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in ("", "0") or _is_chunked(environ)


def _is_chunked(environ: WSGIEnvironment) -> bool:
    return "HTTP_TRANSFER_ENCODING" in environ


def _length_of(environ: WSGIEnvironment) -> int | None:
    """What Content-Length says, as far as it can be believed."""
    try:
        return None if _is_chunked(environ) else int(environ["CONTENT_LENGTH"])
    except ValueError:
        return None
