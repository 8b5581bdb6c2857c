"""JSON always, and always the same JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apikeys.api.negotiation import FirstRenderer, PlainJSONRenderer


class Echo(APIView):
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (PlainJSONRenderer,)
    content_negotiation_class = FirstRenderer

    def get(self, request: Request) -> Response:
        return Response({"name": "Ünï", "text": "\ud800"})


def answer(path: str = "/", accept: str = "") -> HttpResponse:
    response = Echo.as_view()(APIRequestFactory().get(path, HTTP_ACCEPT=accept))
    assert isinstance(response, Response)
    response.render()
    return response


@pytest.mark.parametrize("accept", ["", "text/html", "application/xml;q=1", "image/*", "nonsense"])
def test_the_answer_is_json_whatever_was_accepted(accept: str) -> None:
    response = answer(accept=accept)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"


def test_a_format_parameter_chooses_nothing() -> None:
    assert answer("/?format=api").status_code == 200


def test_the_bytes_are_compact_and_ascii_even_for_a_lone_surrogate() -> None:
    content = answer(accept="application/json; indent=4").content
    assert content == rb'{"name":"\u00dcn\u00ef","text":"\ud800"}'


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=2))])
def test_times_are_written_in_utc(zone: timezone) -> None:
    at = datetime(2026, 11, 20, 12, 30, tzinfo=UTC).astimezone(zone)
    assert json.loads(PlainJSONRenderer().render({"at": at})) == {"at": "2026-11-20T12:30:00Z"}
