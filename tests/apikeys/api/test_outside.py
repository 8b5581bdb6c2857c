"""A surface tells in its own words what no DRF view ever saw; here in problem documents."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.apikeys.api.throwaway_surface import CANARY


@pytest.fixture(autouse=True, params=[False, True], ids=["production", "debug"])
def _settings(request: pytest.FixtureRequest) -> Iterator[None]:
    with override_settings(
        DEBUG=request.param,
        ROOT_URLCONF="tests.apikeys.api.throwaway_urls",
        ALLOWED_HOSTS=["testserver"],
        DATA_UPLOAD_MAX_MEMORY_SIZE=10,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        MIDDLEWARE=[
            "apikeys.api.requests.RequestIdMiddleware",
            "apikeys.api.outside.ProblemsEverywhere",
            "django.middleware.common.CommonMiddleware",
        ],
    ):
        yield


def get(path: str, **extra: Any) -> Any:
    return Client(raise_request_exception=False, enforce_csrf_checks=True).get(path, **extra)


def document(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["status"] == response.status_code
    assert body["request_id"] == response["X-Request-ID"]
    return body


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/nowhere", 404, "not_found"),
        ("/api/missing", 404, "not_found"),
        ("/api/forbidden", 403, "permission_denied"),
        ("/api/suspicious", 400, "bad_request"),
        ("/api/broken", 500, "internal"),
        ("/api/no_database", 503, "unavailable"),
        ("/api/page/418", 418, "error"),
        ("/api/page/502", 502, "internal"),
        ("/api/only_post", 405, "method_not_allowed"),
    ],
)
def test_an_error_under_the_prefix_is_a_problem(path: str, status: int, code: str) -> None:
    response = get(path)
    assert (response.status_code, document(response)["code"]) == (status, code)
    assert CANARY.encode() not in response.content


def test_the_methods_that_are_allowed_are_still_named() -> None:
    assert get("/api/only_post")["Allow"] == "POST"


def test_a_wrong_host_is_a_problem_too() -> None:
    response = get("/api/fine", HTTP_HOST="evil.example")
    assert document(response)["code"] == "bad_request"
    assert b"evil" not in response.content


def test_a_failed_csrf_check_is_a_problem_too() -> None:
    response = Client(enforce_csrf_checks=True).post("/api/form")
    assert document(response)["code"] == "permission_denied"


def test_a_body_beyond_djangos_own_limit_is_answered_413() -> None:
    response = Client().post("/api/read", b"x" * 11, content_type="application/json")
    assert document(response)["code"] == "body_too_large"


def test_an_error_in_json_of_its_own_is_left_alone() -> None:
    response = get("/api/undecided")
    assert response.status_code == 503
    assert response.json() == {"valid": False, "code": "undetermined"}


def test_a_success_is_left_alone() -> None:
    assert get("/api/fine").content == b"testserver"


@pytest.mark.parametrize("path", ["/other/nowhere", "/other/missing", "/other/page/418", "/apis"])
def test_other_addresses_keep_their_pages(path: str) -> None:
    response = get(path)
    assert response.status_code >= 400
    assert response["Content-Type"].startswith("text/html")


def test_an_escaped_exception_is_logged_by_its_type_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    response = get("/api/broken")
    records = [record for record in caplog.records if record.name == "apikeys.errors"]
    assert [record.__dict__["error_type"] for record in records] == ["builtins.ValueError"]
    assert records[0].__dict__["request_id"] == response["X-Request-ID"]
    assert CANARY not in caplog.text
