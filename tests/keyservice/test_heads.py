"""Heads of requests that Django cannot take, or not in time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIRequest
from hypothesis import given
from hypothesis import strategies as st

from keyservice.heads import encoded_query, plain_cookies, readable_media_type
from tests.service import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PAGES = ("/nowhere", "/admin/login/")
CALLS = ("/api/v1/api_keys", "/api/v1/forward_auth?scope=x", "/oauth/token")


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
        ("text/plain;" + 1000 * ";", ""),
        ("", ""),
    ],
)
def test_parameters_that_django_cannot_read_are_left_out(given_type: str, passed_on: str) -> None:
    assert readable_media_type(given_type) == passed_on


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
@pytest.mark.parametrize("path", [*PAGES, *CALLS])
def test_an_encoding_that_is_none_for_text_is_no_error_of_the_server(
    service: Service, path: str, media_type: str
) -> None:
    headers = {"Content-Type": media_type}

    answer = service.call("POST", path, key="", data=b"a=b", headers=headers)

    assert 400 <= answer.status_code < 500


def test_a_filter_is_not_lost_on_an_encoding(service: Service) -> None:
    headers = {"Content-Type": "text/plain; charset=utf-16"}

    answer = service.call("GET", "/api/v1/api_keys?limit=0", headers=headers)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/limit")


@pytest.mark.parametrize(
    ("query", "passed_on"),
    [
        ("a=%C3%A9", "a=%C3%A9"),
        ("a=\u65e5&b=c d", "a=%E6%97%A5&b=c%20d"),
        ("a=\xe9", "a=%C3%A9"),
        ("a=\xc3\xa9", "a=\xc3\xa9"),  # as other servers hand over the bytes of the second
    ],
)
def test_a_query_is_one_of_bytes(query: str, passed_on: str) -> None:
    assert encoded_query(query) == passed_on


def test_cookies_are_those_that_may_be_ours() -> None:
    assert plain_cookies('a=1; sessionid="x\\000"; csrftoken=t') == "a=1; csrftoken=t"


@pytest.mark.parametrize("path", [*PAGES, *CALLS])
@pytest.mark.parametrize(
    "cookie",
    ['sessionid="abcdefgh\\000"', 'a="' + 150_000 * '\\"' + '"'],
    ids=["nul", "backslashes"],
)
def test_no_cookie_breaks_or_delays_an_answer(service: Service, path: str, cookie: str) -> None:
    answer = service.call("GET", path, key="", headers={"Cookie": cookie}, timeout=10)

    assert answer.status_code < 500


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/admin/r/" + 60_000 * "/" + "x", 414),
        ("/mixpeek/v1/organizations/users/x" + 5_000 * "/api-keys/" + "%0A", 405),
        ("/admin/login/?next=%00", 200),
        ("/admin/auth/user/?username=a%00", 400),
        ("/nowhere?a=%00", 404),
    ],
)
def test_no_address_breaks_or_delays_an_answer(service: Service, target: str, status: int) -> None:
    assert service.call("GET", target, timeout=10).status_code == status
