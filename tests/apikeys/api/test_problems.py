"""Every error out of a view as a problem document."""

from __future__ import annotations

import importlib
import json
import logging
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

import apikeys.domain
import apikeys.operations
from apikeys.api.negotiation import FirstRenderer, PlainJSONRenderer
from apikeys.api.pointers import field_errors, pointer
from apikeys.api.problems import exception_handler, problem
from apikeys.api.refusals import ANSWERS, refusal_of
from apikeys.api.strict_json import BodyTooLarge, StrictJSONParser
from apikeys.domain.errors import FieldError, InvalidInput, KeyServiceError, NotFound

CANARY = "ks_live_canary"


# Said to the operator by a process that then ends; no request ever meets them.
ONLY_AT_START = {"bad_root_key", "ring_mismatch", "root_key_differs"}


def named(request: HttpRequest) -> HttpRequest:
    request.request_id = "req-for-test"  # type: ignore[attr-defined]  # as the middleware does
    return request


def ask(exc: Exception, method: str = "POST", **extra: Any) -> HttpResponse:
    """What a view that raises `exc` answers."""

    class Raising(APIView):
        authentication_classes = ()
        permission_classes = ()
        parser_classes = (StrictJSONParser,)
        renderer_classes = (PlainJSONRenderer,)
        content_negotiation_class = FirstRenderer

        def get_exception_handler(self) -> Any:
            return exception_handler

        def post(self, request: Request) -> Response:
            _ = request.data
            raise exc

    request = named(APIRequestFactory().generic(method, "/things", **extra))
    response = Raising.as_view()(request)
    assert isinstance(response, HttpResponse)
    return response


def document(response: HttpResponse) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["status"] == response.status_code
    return body


def test_a_problem_has_the_members_of_the_rfc_and_ours() -> None:
    error = FieldError("/name", "too_long", "Too long.")
    request = named(RequestFactory().get("/"))
    response = problem(
        429, "rate_limited", "Slow down.", request=request, errors=[error],
        headers={"Retry-After": "7"}, limit=5,
    )  # fmt: skip
    assert document(response) == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Slow down.",
        "code": "rate_limited",
        "request_id": "req-for-test",
        "errors": [{"pointer": "/name", "code": "too_long", "detail": "Too long."}],
        "limit": 5,
    }
    assert response["Retry-After"] == "7"
    assert response["Cache-Control"] == "no-store"


def descendants(kind: type[KeyServiceError]) -> Iterator[type[KeyServiceError]]:
    for subclass in kind.__subclasses__():
        if subclass.__module__.startswith(("apikeys.", "clients.")):
            yield subclass
            yield from descendants(subclass)


def all_expectations() -> list[type[KeyServiceError]]:
    for package in (apikeys.domain, apikeys.operations):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found = {kind for kind in descendants(KeyServiceError) if kind.code not in ONLY_AT_START}
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", all_expectations())
def test_every_broken_expectation_of_the_domain_has_its_status(
    kind: type[KeyServiceError],
) -> None:
    assert kind.code in ANSWERS, f"{kind.__name__} needs a row in ANSWERS"
    exc = InvalidInput.at("/a", "b", "c") if issubclass(kind, InvalidInput) else kind()
    response = ask(exc)
    body = document(response)
    assert (response.status_code, body["code"]) == (ANSWERS[kind.code].status, kind.code)
    assert body["detail"] == exc.detail


def test_the_table_has_no_row_that_nothing_raises() -> None:
    assert set(ANSWERS) == {kind.code for kind in all_expectations()}


def test_a_refusal_that_passes_by_itself_says_when() -> None:
    waits = {code: answer.retry_after_seconds for code, answer in ANSWERS.items()}
    assert {code: wait for code, wait in waits.items() if wait} == {
        "idempotency_in_progress": 1,
        "revocation_pending": 1,
        "undetermined": 1,
        "reveal_limit_reached": 3600,
    }


def test_bad_fields_are_listed_with_their_pointers() -> None:
    errors = [FieldError("/a", "x", "X."), FieldError("/b/0", "y", "Y.")]
    assert [error["pointer"] for error in document(ask(InvalidInput(errors)))["errors"]] == [
        "/a",
        "/b/0",
    ]


class Inner(serializers.Serializer[Any]):
    kind = serializers.CharField()


class Outer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=3)
    scopes = serializers.ListField(child=serializers.CharField(max_length=3))
    rules = Inner(many=True)

    def validate(self, attrs: Any) -> Any:
        raise serializers.ValidationError("No.", code="no")


def errors_of(data: dict[str, Any]) -> list[tuple[str, str]]:
    serializer = Outer(data=data)
    assert not serializer.is_valid()
    return [(error.pointer, error.code) for error in field_errors(serializer.errors)]


def test_errors_of_a_serializer_point_into_lists_and_nested_objects() -> None:
    found = errors_of({"name": "long", "scopes": ["ok", "long"], "rules": [{"kind": "a"}, {}]})
    assert found == [
        ("/name", "max_length"),
        ("/scopes/1", "max_length"),
        ("/rules/1/kind", "required"),
    ]


def test_an_error_of_the_whole_object_points_at_it() -> None:
    assert errors_of({"name": "a", "scopes": [], "rules": []}) == [("", "no")]


def test_pointers_are_escaped() -> None:
    assert pointer("a/b", "c~d", 0) == "/a~1b/c~0d/0"


def test_a_validation_error_answers_400_with_its_fields() -> None:
    body = document(ask(exceptions.ValidationError({"name": ["Bad."]})))
    assert body["code"] == "invalid_input"
    assert body["errors"] == [{"pointer": "/name", "code": "invalid", "detail": "Bad."}]


def test_without_a_credential_the_challenge_names_no_error() -> None:
    response = ask(exceptions.NotAuthenticated())
    assert document(response)["code"] == "not_authenticated"
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="keyservice"'


def test_every_bad_credential_gets_the_same_answer() -> None:
    texts = ("unknown", "revoked yesterday", "expired")
    answers = [ask(exceptions.AuthenticationFailed(text)) for text in texts]
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].status_code == 401
    assert answers[0]["WWW-Authenticate"] == 'Bearer realm="keyservice", error="invalid_token"'


def test_a_missing_object_is_the_same_whoever_says_so() -> None:
    contents = {
        ask(exc).content
        for exc in (NotFound(), Http404("Key abc"), exceptions.NotFound("no such key abc"))
    }
    assert len(contents) == 1


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (exceptions.PermissionDenied("Needs x.", code="insufficient_scope"), 403,
         "insufficient_scope"),
        (PermissionDenied(CANARY), 403, "permission_denied"),
        (exceptions.ParseError("Bad."), 400, "parse_error"),
        (exceptions.Throttled(), 429, "throttled"),
        (BodyTooLarge(10), 413, "body_too_large"),
        (RequestDataTooBig(CANARY), 413, "body_too_large"),
        (SuspiciousOperation(CANARY), 400, "bad_request"),
        (exceptions.APIException({"a": ["b"]}), 500, "error"),
    ],
)  # fmt: skip
def test_exceptions_of_the_frameworks_keep_their_status(
    exc: Exception, status: int, code: str
) -> None:
    response = ask(exc)
    assert (response.status_code, document(response)["code"]) == (status, code)
    assert CANARY.encode() not in response.content


def test_a_throttled_caller_is_told_whole_seconds_rounded_up() -> None:
    assert ask(exceptions.Throttled(wait=1.2))["Retry-After"] == "2"
    assert ask(exceptions.Throttled(wait=0))["Retry-After"] == "1"


def test_a_wrong_method_is_told_the_right_ones() -> None:
    response = ask(Http404(), method="DELETE")
    assert document(response)["code"] == "method_not_allowed"
    assert response["Allow"] == "POST, OPTIONS"


def test_another_media_type_is_told_the_one_that_is_taken() -> None:
    response = ask(Http404(), data=b"<a/>", content_type="application/xml")
    assert response.status_code == 415
    assert response["Accept"] == "application/json"
    assert "application/json" in document(response)["detail"]
    assert b"xml" not in response.content


@pytest.mark.parametrize("exc", [OperationalError(CANARY), InterfaceError(CANARY)])
def test_a_lost_database_is_unavailable_and_worth_another_try(exc: Exception) -> None:
    response = ask(exc)
    assert (response.status_code, document(response)["code"]) == (503, "unavailable")
    assert response["Retry-After"]
    assert CANARY.encode() not in response.content


def test_a_breakdown_shows_and_logs_nothing_of_the_exception_but_its_type(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = ask(ValueError(CANARY))
    assert (response.status_code, document(response)["code"]) == (500, "internal")
    assert document(response)["request_id"] == "req-for-test"
    (record,) = [record for record in caplog.records if record.name == "apikeys.errors"]
    assert record.levelno == logging.ERROR
    assert record.__dict__["error_type"] == "builtins.ValueError"
    assert record.__dict__["request_id"] == "req-for-test"
    assert record.exc_info is None
    assert CANARY not in f"{response.content!r} {caplog.text} {record.__dict__}"


def test_an_expectation_without_a_row_breaks_down_instead_of_guessing() -> None:
    class Unheard(KeyServiceError):
        code = "unheard"

    assert refusal_of(Unheard()).status == 500
