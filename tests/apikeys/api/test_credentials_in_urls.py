"""Credentials in URLs are refused, and forgotten."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from apikeys.api.credentials_in_urls import NoCredentialsInURL
from apikeys.domain.minting import has_our_shape

SECRET = "ks_live_" + "0a" * 24 + "z"


def test_the_secret_of_these_tests_is_of_our_pattern() -> None:
    assert has_our_shape(SECRET)


def answer(request: HttpRequest) -> HttpResponse:
    return NoCredentialsInURL(lambda request: HttpResponse("through"))(request)


def get(target: str, **headers: Any) -> WSGIRequest:
    """A request for exactly this target, unlike RequestFactory's, which tidies it."""
    path, _, query = target.partition("?")
    return RequestFactory().get(path, QUERY_STRING=query, REQUEST_URI=target, **headers)


@pytest.mark.parametrize(
    "name",
    ["key", "token", "secret", "api_key", "apikey", "access_token", "client_secret"],
)
@pytest.mark.parametrize("path", ["/api/v1/api_keys", "/admin/", "/nowhere"])
def test_a_parameter_named_like_a_credential_is_refused_everywhere(name: str, path: str) -> None:
    response = answer(get(f"{path}?limit=5&{name}=canary"))
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == "credential_in_url"
    assert b"canary" not in response.content


@pytest.mark.parametrize(
    "query", ["KEY=1", "%6bey=1", "api%5Fkey=1", "%2574oken=1", "+key=1", "key", "key=", "&&key=1"]
)
def test_other_spellings_of_the_name_are_no_way_around(query: str) -> None:
    assert answer(get(f"/?{query}")).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        f"/?q={SECRET}",
        f"/?q={SECRET.replace('_', '%5F')}",
        f"/?q={SECRET.replace('_', '%255F')}",
        f"/?{SECRET}",
        f"/?q=x{SECRET}.",
        f"/api/v1/api_keys/{SECRET}",
        f"/a/{SECRET}/b",
    ],
)
def test_a_secret_of_ours_is_found_anywhere_in_the_url(target: str) -> None:
    assert answer(get(target)).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/api/v1/api_keys?limit=5&search=key&key_type=standard&cursor=abc",
        "/api/v1/api_keys/key_0123456789abcdef0123456789abcdef",
        "/?monkey=1&key_id=2&tokens=3&q=key%3Dvalue",
        "/?q=100%",
        "/?q=ks_live_short",
    ],
)
def test_other_urls_pass(target: str) -> None:
    assert answer(get(target)).content == b"through"


@pytest.mark.parametrize(
    "target", [f"/?key={SECRET}", f"/?q={SECRET}", f"/x/{SECRET}", f"/x/{SECRET}?token={SECRET}"]
)
def test_nothing_in_the_request_holds_the_url_afterwards(target: str) -> None:
    request = get(target, RAW_URI=target)
    _ = request.GET
    answer(request)
    seen = f"{request!r} {request.path} {request.get_full_path()} {request.META} {request.GET}"
    assert SECRET not in seen


def test_a_path_that_was_not_to_blame_stays_in_the_request() -> None:
    request = get("/api/v1/api_keys?key=1")
    answer(request)
    assert request.path == request.path_info == "/api/v1/api_keys"


@override_settings(
    ROOT_URLCONF="tests.apikeys.api.throwaway_urls",
    MIDDLEWARE=["apikeys.api.credentials_in_urls.NoCredentialsInURL"],
)
@pytest.mark.parametrize("target", [f"/api/{SECRET}", f"/api/fine?key={SECRET}"])
def test_django_itself_has_nothing_left_to_log(
    target: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "django.request")
    assert Client().get(target).status_code == 400
    assert caplog.records
    assert SECRET not in caplog.text
    assert not [record for record in caplog.records if SECRET in str(record.__dict__)]


@pytest.mark.parametrize(
    "referer",
    [
        f"https://example.com/x?key={SECRET}",
        "https://example.com/x?token=anything",
        f"https://example.com/{SECRET}#top",
        f"https://{SECRET}@example.com/",
    ],
)
def test_a_referer_with_a_credential_is_cut_to_its_origin(referer: str) -> None:
    request = get("/", HTTP_REFERER=referer)
    assert answer(request).content == b"through"
    assert request.META["HTTP_REFERER"] == "https://example.com/"


@pytest.mark.parametrize("referer", [f"https://{SECRET}/", f"https://[bad/{SECRET}"])
def test_a_referer_without_a_usable_origin_is_emptied(referer: str) -> None:
    request = get("/", HTTP_REFERER=referer)
    answer(request)
    assert request.META["HTTP_REFERER"] == ""


def test_any_other_referer_is_left_alone() -> None:
    request = get("/", HTTP_REFERER="https://example.com/x?page=2")
    answer(request)
    assert request.META["HTTP_REFERER"] == "https://example.com/x?page=2"


@pytest.mark.parametrize("piece", ["a", "a_live_", "%25", "&key", "ks_live_" + "a" * 48])
def test_a_long_url_takes_no_time(piece: str) -> None:
    request = get("/?q=" + piece * (10_000 // len(piece)))
    started = time.process_time()
    answer(request)
    assert time.process_time() - started < 0.1
