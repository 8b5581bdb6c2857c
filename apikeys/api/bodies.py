"""Bodies that come without a Content-Length: chunked ones, and any over HTTP/2.

Django takes a missing length for an empty body, so such a request would act as if it asked for
nothing. It must not be dropped silently.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apikeys.api.mounts import refuse
from apikeys.api.refusals import BODY_TOO_LARGE, MALFORMED, Refusal
from apikeys.api.strict_json import BULK_BODY_LIMIT_BYTES

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_CHUNKED = "HTTP_TRANSFER_ENCODING"
_NOTHING_CAME = Refusal(
    MALFORMED.status,
    MALFORMED.code,
    "The body that Transfer-Encoding announced did not arrive. Leave the field out.",
)
_LENGTH_REQUIRED = Refusal(
    411, "length_required", "Announce the size of the body in a Content-Length field."
)


class MeasuredBody:
    """Reads a body of unannounced length, at most 256 KiB, and announces the length itself.

    A chunked body that turns out empty is refused: servers report one that broke off in the same
    way. Where the server does not mark the end of its input (PEP 3333 leaves that open), reading
    could wait forever: there a chunked body is answered 411.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("CONTENT_LENGTH") or request.method in _WITHOUT_BODY:
            return self._get_response(request)
        if request.META.get("wsgi.input_terminated"):
            body = request.META["wsgi.input"].read(BULK_BODY_LIMIT_BYTES + 1)
            if len(body) > BULK_BODY_LIMIT_BYTES:
                return refuse(request, BODY_TOO_LARGE)
            if not body and _CHUNKED in request.META:
                return refuse(request, _NOTHING_CAME)
            _give(request, body)
        elif _CHUNKED in request.META:
            return refuse(request, _LENGTH_REQUIRED)
        return self._get_response(request)


def _give(request: HttpRequest, body: bytes) -> None:
    request.META["CONTENT_LENGTH"] = str(len(body))
    # Django bounded its own stream by the length that was missing.
    request._stream = io.BytesIO(body)
