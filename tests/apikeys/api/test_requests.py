"""The name of a request and the line about it."""

from __future__ import annotations

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from apikeys.api.requests import RequestIdMiddleware, request_id_of

A_SECRET = f"ks_live_{'a' * 49}"


def answer(request: HttpRequest) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        request.resolver_match = ResolverMatch(view, (), {}, route="things/<id>")
        return HttpResponse(str(request_id_of(request)), status=201)

    return RequestIdMiddleware(view)(request)


@pytest.mark.parametrize("given", ["abcdefgh", "A-b_c.0123", "x" * 64])
def test_a_harmless_id_of_the_caller_is_kept_and_echoed(given: str) -> None:
    response = answer(RequestFactory().get("/", HTTP_X_REQUEST_ID=given))
    assert response["X-Request-ID"] == given
    assert response.content.decode() == given


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "with space", "line\nbreak", "ünicode__", A_SECRET]
)
def test_any_other_id_is_replaced(given: str) -> None:
    response = answer(RequestFactory().get("/", HTTP_X_REQUEST_ID=given))
    assert response["X-Request-ID"] not in ("", given)
    assert response.content.decode() == response["X-Request-ID"]


def test_two_requests_get_two_ids() -> None:
    first, second = (answer(RequestFactory().get("/"))["X-Request-ID"] for _ in range(2))
    assert first != second


def test_one_line_tells_the_route_and_nothing_that_the_caller_wrote(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "apikeys.access")
    request = RequestFactory().generic("CANARYMETHOD", "/things/canary?q=canary")
    answer(request)
    (record,) = caplog.records
    assert record.__dict__["route"] == "things/<id>"
    assert record.__dict__["method"] == "OTHER"
    assert record.__dict__["status"] == 201
    assert record.__dict__["duration_ms"] >= 0
    assert "canary" not in f"{record.__dict__}{caplog.text}".lower()


def test_a_request_that_no_route_took_is_logged_as_such(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "apikeys.access")
    middleware = RequestIdMiddleware(lambda request: HttpResponse(status=404))
    middleware(RequestFactory().get("/canary"))
    (record,) = caplog.records
    assert (record.__dict__["method"], record.__dict__["route"]) == ("GET", "unmatched")
