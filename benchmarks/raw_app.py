"""The floor: what granian costs without any framework. It also shows what the generator can ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with nothing."""
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
