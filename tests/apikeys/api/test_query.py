"""Query strings are read strictly."""

from __future__ import annotations

import logging
from typing import Any

import django_filters
import pytest
from django.test import RequestFactory
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apikeys.api.pagination import SealedCursorPagination
from apikeys.api.problems import exception_handler
from apikeys.api.query import StrictQueryMixin, refuse_strange_query
from apikeys.domain.errors import FieldError, InvalidInput

KNOWN = ("limit", "cursor", "search")


def refusals(query: str) -> tuple[FieldError, ...]:
    with pytest.raises(InvalidInput) as caught:
        refuse_strange_query(RequestFactory().get("/", QUERY_STRING=query), KNOWN)
    return caught.value.errors


@pytest.mark.parametrize(
    "query", ["", "limit=5", "search=a+b%20c&limit=1", "search=%C3%A9", "&&limit=5&"]
)
def test_known_parameters_pass(query: str) -> None:
    refuse_strange_query(RequestFactory().get("/", QUERY_STRING=query), KNOWN)


@pytest.mark.parametrize("query", ["search=", "search", "limit=5&search="])
def test_a_parameter_without_a_value_is_refused(query: str) -> None:
    assert [error.code for error in refusals(query)] == ["empty_parameter"]


def test_an_unknown_parameter_is_named_beside_the_known_ones() -> None:
    (error,) = refusals("serach=x")
    assert (error.pointer, error.code) == ("/serach", "unknown_parameter")
    assert error.detail == "Unknown parameter. Known here: cursor, limit, search."


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert [error.pointer for error in refusals("a=1&b=2&limit=5&limit=6")] == [
        "/a",
        "/b",
        "/limit",
    ]


@pytest.mark.parametrize("query", ["limit=5&limit=5", "limit=5&l%69mit=6", "search=x&search"])
def test_a_repeated_parameter_is_refused(query: str) -> None:
    assert [error.code for error in refusals(query)] == ["repeated_parameter"]


@pytest.mark.parametrize(
    "value",
    ["%00", "a%0Ab", "%7F", "%C2%85", "%", "%4", "%zz", "%FF", "%C3", "%ED%A0%80", "\u20ac",
     "x" * 513],
)  # fmt: skip
def test_a_value_that_no_text_could_match_is_refused(value: str) -> None:
    (error,) = refusals(f"search={value}")
    assert (error.pointer, error.code) == ("/search", "invalid_characters")


def test_a_name_that_cannot_be_printed_is_shown_encoded() -> None:
    (error,) = refusals("%00%1b=1")
    assert error.pointer == "/%00%1b"


def test_a_long_name_is_cut() -> None:
    (error,) = refusals("x" * 1000 + "=1")
    assert error.pointer == "/" + "x" * 64


def test_too_many_parameters_are_not_looked_at() -> None:
    (error,) = refusals("&".join(f"a{number}=1" for number in range(101)))
    assert error.code == "too_many_parameters"


class Filters(django_filters.FilterSet):  # type: ignore[misc]  # publishes no types
    status = django_filters.CharFilter()


class Things(StrictQueryMixin, APIView):
    authentication_classes = ()
    permission_classes = ()
    pagination_class = SealedCursorPagination
    filterset_class = Filters
    query_names = ("search",)

    def get_exception_handler(self) -> Any:
        return exception_handler

    def get(self, request: Request) -> Response:
        return Response({})


def test_a_view_knows_its_filters_its_pagination_and_its_own_names() -> None:
    assert Things().known_query_names() == {"status", "limit", "cursor", "search"}


def test_a_view_refuses_what_it_does_not_know() -> None:
    view = Things.as_view()
    assert view(RequestFactory().get("/?status=a&search=b&limit=1")).status_code == 200
    assert view(RequestFactory().get("/?state=a")).status_code == 400


def test_a_stranger_is_asked_for_a_credential_first(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)

    class Closed(Things):
        def perform_authentication(self, request: Request) -> None:
            raise NotAuthenticated

    assert Closed.as_view()(RequestFactory().get("/?state=a")).status_code == 401
