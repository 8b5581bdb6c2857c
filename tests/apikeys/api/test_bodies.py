"""Bodies whose length nobody announced."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework.request import Request

from apikeys.api.bodies import MeasuredBody
from apikeys.api.negotiation import FirstRenderer
from apikeys.api.strict_json import BULK_BODY_LIMIT_BYTES, StrictJSONParser, json_object


def chunked(body: bytes, method: str = "POST", *, terminated: bool = True) -> WSGIRequest:
    """What a server hands over for a chunked body: no length, and perhaps an end of input."""
    environ: dict[str, Any] = RequestFactory().generic(method, "/").environ
    environ.pop("CONTENT_LENGTH", None)
    environ |= {
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": terminated,
    }
    return WSGIRequest(environ)


def echo(request: HttpRequest) -> HttpResponse:
    drf = Request(request, parsers=[StrictJSONParser()], negotiator=FirstRenderer())
    return HttpResponse(json.dumps(json_object(drf)))


def test_a_chunked_body_is_read_and_not_dropped() -> None:
    assert MeasuredBody(echo)(chunked(b'{"grace_seconds": 60}')).content == b'{"grace_seconds": 60}'


def test_a_chunked_body_of_which_nothing_came_is_no_empty_object() -> None:
    response = MeasuredBody(echo)(chunked(b""))
    assert (response.status_code, json.loads(response.content)["code"]) == (400, "bad_request")


def test_a_stream_without_a_body_is_an_empty_object() -> None:
    request = chunked(b"")  # as over HTTP/2, which knows no Transfer-Encoding
    del request.META["HTTP_TRANSFER_ENCODING"]
    assert MeasuredBody(echo)(request).content == b"{}"


def test_a_chunked_body_beyond_every_limit_is_refused_without_reading_on() -> None:
    request = chunked(b"x" * (BULK_BODY_LIMIT_BYTES * 2))
    response = MeasuredBody(echo)(request)
    assert json.loads(response.content)["code"] == "body_too_large"
    assert request.META["wsgi.input"].tell() == BULK_BODY_LIMIT_BYTES + 1


def test_where_the_end_cannot_be_seen_a_length_is_required() -> None:
    response = MeasuredBody(echo)(chunked(b"{}", terminated=False))
    assert (response.status_code, json.loads(response.content)["code"]) == (411, "length_required")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_methods_without_a_body_are_not_read(method: str) -> None:
    request = chunked(b"{}", method)
    MeasuredBody(lambda request: HttpResponse())(request)
    assert request.META["wsgi.input"].tell() == 0


def test_an_announced_body_is_left_to_the_view() -> None:
    request = RequestFactory().post("/", b'{"a": 1}', content_type="application/json")
    assert MeasuredBody(echo)(request).content == b'{"a": 1}'
