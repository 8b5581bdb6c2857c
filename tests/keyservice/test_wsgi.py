"""Whose word counts about the scheme of a request, and which media types reach Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIRequest
from hypothesis import given
from hypothesis import strategies as st

from keyservice.wsgi import (
    readable_media_type,
    with_forwarded_scheme,
    with_readable_media_type,
)
from tests.service import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.mark.parametrize(
    ("proxies", "peer", "claim", "scheme"),
    [
        (("10.0.0.0/8",), "10.1.2.3", "https", "https"),
        (("10.0.0.0/8",), "192.0.2.7", "https", "http"),
        (("10.0.0.0/8",), "10.1.2.3", "http", "http"),
        (("10.0.0.0/8",), "10.1.2.3", "https,http", "http"),
        (("10.0.0.0/8",), "not an address", "https", "http"),
        (("10.0.0.0/8",), "10.1.2.3", None, "http"),
        ((), "127.0.0.1", "https", "http"),
    ],
)
def test_only_a_trusted_proxy_says_that_the_request_came_over_tls(
    proxies: tuple[str, ...], peer: str, claim: str | None, scheme: str
) -> None:
    environ: WSGIEnvironment = {"REMOTE_ADDR": peer}
    setup_testing_defaults(environ)
    if claim is not None:
        environ["HTTP_X_FORWARDED_PROTO"] = claim

    with_forwarded_scheme(_silent, proxies)(environ, _ignore)

    assert environ["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(
    ("given_type", "passed_on"),
    [
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
        ("multipart/form-data; boundary*=utf-8''b", "multipart/form-data; boundary*=utf-8''b"),
        ("application/json; charset*=nope''x", "application/json"),
        ("text/plain; a*=idna''%ff.x", "text/plain"),
        ("application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded"),
        ("text/plain; charset=hex", "text/plain"),
        ("a" * 256 + "; a*=nope''x", ""),
        ("", ""),
    ],
)
def test_parameters_that_django_cannot_read_are_left_out(given_type: str, passed_on: str) -> None:
    environ: WSGIEnvironment = {"CONTENT_TYPE": given_type}

    with_readable_media_type(_silent)(environ, _ignore)

    assert environ["CONTENT_TYPE"] == passed_on


_PIECES = st.sampled_from(
    [*"ab;*='\"%01 ,()\\", "*0*=", "*=utf-8''", "*=foo''", "*=idna''", "*=hex''", "%ff", "charset="]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_django_reads_a_request_of_any_media_type(parameters: str) -> None:
    for name in ("text/plain", "application/x-www-form-urlencoded"):
        environ: WSGIEnvironment = {"CONTENT_TYPE": readable_media_type(f"{name};{parameters}")}
        setup_testing_defaults(environ)
        request = WSGIRequest({**environ, "REQUEST_METHOD": "POST", "QUERY_STRING": "a=%c3%a9"})

        assert (request.content_type, request.GET["a"], request.POST.dict()) == (name, "é", {})


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; charset*=nope''x",
        "application/x-www-form-urlencoded; charset=utf-16",
        "text/plain; charset=hex",
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        *("/nowhere", "/api/v1/api_keys", "/api/v1/forward_auth?scope=x"),
        *("/oauth/token", "/admin/login/"),
    ],
)
def test_an_encoding_that_is_none_for_text_is_no_error_of_the_server(
    service: Service, path: str, media_type: str
) -> None:
    headers = {"Content-Type": media_type}

    answer = service.call("POST", path, key="", data=b"a=b", headers=headers)

    assert 400 <= answer.status_code < 500


def _silent(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return []


def _ignore(*_: object) -> Callable[[bytes], object]:
    return lambda _: None
