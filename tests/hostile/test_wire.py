"""The real server is given bytes that no client library sends."""

from __future__ import annotations

import json
import socket
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.hostile.case import CANARY
from tests.hostile.wire import BY_THE_SERVER, CASES, CREDENTIAL, HOST, Wire
from tests.service import Service

ANSWER_SECONDS = 20


def test_bytes_that_no_client_sends_are_refused_and_nothing_is_written(
    service: Service, subtests: pytest.Subtests
) -> None:
    before = newest_event(service)
    for case in CASES:
        with subtests.test(case.title):
            status, body = answer_to(case, service)
            assert (status, problem_of(body)) == (case.status, (case.code, list(case.errors)))
            assert newest_event(service) == before
    assert CANARY not in service.log_text()
    assert "request broke down" not in service.log_text()


def newest_event(service: Service) -> str:
    """Whatever is written is audited, so that this tells whether anything was."""
    event = service.call("GET", "/api/v1/audit_events?limit=1").json()["results"][0]
    return str(event["id"])


def answer_to(case: Wire, service: Service) -> tuple[int, bytes]:
    """Status and body of the answer."""
    address = urlsplit(service.url)
    sent = case.sent.replace(HOST, address.netloc.encode())
    sent = sent.replace(CREDENTIAL, service.root_key.encode())
    with socket.create_connection((address.hostname, address.port), ANSWER_SECONDS) as connection:
        _send(connection, sent, hang_up=case.breaks_off)
        with HTTPResponse(connection) as answer:
            answer.begin()
            return answer.status, answer.read()


def _send(connection: socket.socket, sent: bytes, *, hang_up: bool) -> None:
    try:
        connection.sendall(sent)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
    except OSError:
        return  # it has heard enough, and its answer is there


def problem_of(body: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Code and bad fields of a problem document; the server's own refusals have none."""
    if not body:
        return BY_THE_SERVER, []
    problem = json.loads(body)
    errors = [(error["pointer"], error["code"]) for error in problem.get("errors", ())]
    return problem["code"], errors
