"""Which surface answers under which path, and that it tells refusals in its own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path, reverse

from apikeys.api.mounts import mount_at, mounts, refuse
from apikeys.api.refusals import MISSING, Refusal
from tests.apikeys.api.test_bodies import chunked

MIDDLEWARE = [
    "apikeys.api.requests.RequestIdMiddleware",
    "apikeys.api.credentials_in_urls.NoCredentialsInURL",
    "apikeys.api.bodies.MeasuredBody",
    "apikeys.api.outside.ProblemsEverywhere",
]


def fine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fine")


def surface(name: str) -> ModuleType:
    """A URLconf module whose own word for what goes wrong is its name."""

    def refused(refusal: Refusal, request: HttpRequest) -> HttpResponse:
        body = {name: refusal.code}
        return JsonResponse(body, status=refusal.status, headers=dict(refusal.headers))

    module: Any = ModuleType(f"made.up.{name}.urls")
    module.app_name, module.refused = name, refused
    module.urlpatterns = [path("fine", fine, name="fine")]
    return module  # type: ignore[no-any-return]


def project(*patterns: Any) -> Any:
    """The URLconf of a project, in force while it is used as a context."""
    module: Any = ModuleType("made_up_project")
    module.urlpatterns = [*patterns]
    return override_settings(ROOT_URLCONF=module, MIDDLEWARE=MIDDLEWARE)


@pytest.fixture
def _two() -> Any:
    """One surface at the top, and one below a mount that is none itself."""
    middle: Any = ModuleType("made_up_middle")
    middle.urlpatterns = [path("inner/", include(surface("deep"))), path("fine", fine)]
    with project(
        path("flat/", include(surface("flat"))),
        path("outer/", include(middle)),
        path("fine", fine),
    ):
        yield


two = pytest.mark.usefixtures("_two")


def said(response: Any) -> tuple[int, Any]:
    return response.status_code, json.loads(response.content)


class TestMounts:
    """The table, as it is read from the URLconf."""

    @two
    def test_surfaces_are_found_at_the_top_and_below_other_mounts(self) -> None:
        assert [(it.name, it.prefix) for it in mounts()] == [
            ("flat", "flat/"),
            ("deep", "outer/inner/"),
        ]

    @two
    def test_a_surface_knows_its_package(self) -> None:
        assert [it.package for it in mounts()] == ["made.up.flat", "made.up.deep"]

    @two
    def test_a_name_leads_to_an_address(self) -> None:
        assert [reverse(f"{it.name}:fine") for it in mounts()] == [
            "/flat/fine",
            "/outer/inner/fine",
        ]

    def test_the_project_mounts_the_native_surface_under_its_own_name(self) -> None:
        native = mount_at("/api/v1/api_keys")
        assert native is not None
        assert (native.name, native.package) == ("apikeys", "apikeys.api")

    def test_no_two_mounts_of_the_project_share_name_or_prefix(self) -> None:
        named = [(it.name, it.prefix) for it in mounts()]
        assert len(named) == len(dict(named)) == len({prefix for _, prefix in named})

    @pytest.mark.parametrize("address", ["/api/", "/api/v1", "/api/v2/api_keys", "/nowhere"])
    def test_what_lies_beside_the_surfaces_is_answered_with_a_page(self, address: str) -> None:
        answer = Client().get(address)
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


class TestMountAt:
    """Whose address a path is."""

    @two
    @pytest.mark.parametrize(
        ("address", "name"),
        [
            ("/flat/fine", "flat"),
            ("/flat/", "flat"),
            ("/flat/no/where", "flat"),
            ("/outer/inner/fine", "deep"),
            ("/outer/fine", None),
            ("/flat", None),
            ("/flatter/fine", None),
            ("/", None),
            ("", None),
            ("/-", None),
        ],
    )
    def test_a_surface_owns_what_lies_below_its_prefix(
        self, address: str, name: str | None
    ) -> None:
        found = mount_at(address)
        assert (found.name if found else None) == name


class TestRefusing:
    """Refusals, in the words of whom was asked."""

    @two
    def test_below_a_mount_its_own_words_are_used(self) -> None:
        answer = refuse(RequestFactory().get("/flat/x"), MISSING)
        assert said(answer) == (404, {"flat": "not_found"})

    @two
    def test_elsewhere_it_is_a_problem_document(self) -> None:
        answer = refuse(RequestFactory().get("/outer/x"), MISSING)
        assert answer["Content-Type"] == "application/problem+json"
        assert json.loads(answer.content)["code"] == "not_found"

    @two
    @pytest.mark.parametrize(
        ("address", "name"), [("/flat/fine", "flat"), ("/outer/inner/fine", "deep")]
    )
    def test_a_credential_in_the_url_is_told_in_its_words(self, address: str, name: str) -> None:
        answer = Client().get(f"{address}?key=canary")
        assert said(answer) == (400, {name: "credential_in_url"})

    @two
    def test_a_chunked_body_that_is_too_large_is_told_in_its_words(
        self, handler: Callable[[HttpRequest], Any]
    ) -> None:
        answer = handler(at("/flat/fine", chunked(b" " * 300_000)))
        assert said(answer) == (413, {"flat": "body_too_large"})

    @two
    def test_a_chunked_body_that_never_came_is_told_in_its_words(
        self, handler: Callable[[HttpRequest], Any]
    ) -> None:
        answer = handler(at("/outer/inner/fine", chunked(b"")))
        assert said(answer) == (400, {"deep": "bad_request"})

    @two
    def test_an_address_that_is_not_there_is_told_in_its_words(self) -> None:
        assert said(Client().get("/outer/inner/nowhere")) == (404, {"deep": "not_found"})

    @two
    def test_a_host_that_is_not_ours_is_told_in_its_words(self) -> None:
        with override_settings(
            MIDDLEWARE=[*MIDDLEWARE, "django.middleware.common.CommonMiddleware"]
        ):
            answer = Client().get("/flat/fine", headers={"Host": "evil.example"})
        assert said(answer) == (400, {"flat": "bad_request"})


@pytest.fixture
def handler(_two: None) -> Callable[[HttpRequest], Any]:
    """The middleware of the made-up project around its views."""
    client_handler = Client().handler
    client_handler.load_middleware()
    return client_handler.get_response


def at(address: str, request: Any) -> Any:
    """The same request, for another address."""
    request.path = request.path_info = request.META["PATH_INFO"] = address
    return request
