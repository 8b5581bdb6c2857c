"""Answers that are ready before the body has arrived, through the real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from http.client import HTTPConnection
from select import select

import pytest
from django.conf import settings

from apikeys.api.quick import READERS_MAX
from tests.service import Service

BODY = b'{"name": "n"}'
LATER_SECONDS = 0.05  # after the answer is ready, which takes a tenth of it
ANSWER_SECONDS_MAX = 20

Connect = Callable[[], HTTPConnection]


@pytest.fixture
def connect(service: Service) -> Generator[Connect, None, None]:
    """Open connections, closed in the end."""
    host = service.url.removeprefix("http://")
    with ExitStack() as opened:

        def one() -> HTTPConnection:
            connection = HTTPConnection(host, timeout=ANSWER_SECONDS_MAX)
            opened.callback(connection.close)
            connection.connect()
            return connection

        yield one


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/v1/api_keys", 401),
        ("POST", "/api/v1/api_keys/verify", 401),
        ("POST", "/nowhere", 404),
        ("PUT", "/api/v1/api_keys", 401),
        ("POST", "/admin/login/", 403),
        ("POST", "/oauth/token", 415),
        ("GET", "/livez", 200),
    ],
)
def test_a_connection_serves_the_next_request_when_the_body_of_this_one_was_late(
    connect: Connect, method: str, path: str, status: int
) -> None:
    connection = connect()
    announce(connection, method, path, len(BODY))
    time.sleep(LATER_SECONDS)
    connection.send(BODY)
    first, socket = connection.getresponse(), connection.sock
    first.read()
    time.sleep(LATER_SECONDS)

    connection.request("GET", "/livez")

    assert (first.status, first.getheader("Connection")) == (status, None)
    assert connection.getresponse().status == 200
    assert connection.sock is socket


def test_a_body_beyond_every_limit_is_not_waited_for(connect: Connect) -> None:
    length = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1

    connection = connect()
    announce(connection, "POST", "/api/v1/api_keys", length)
    answer = connection.getresponse()

    assert (answer.status, answer.getheader("Connection")) == (401, "close")


def test_those_who_keep_their_bodies_to_themselves_hold_up_no_one(connect: Connect) -> None:
    connections = {it.sock: it for it in (connect() for _ in range(READERS_MAX + 1))}
    for connection in connections.values():
        announce(connection, "POST", "/api/v1/api_keys", len(BODY))

    [answered], _, _ = select(connections, [], [], ANSWER_SECONDS_MAX)
    answer = connections[answered].getresponse()

    assert (answer.status, answer.getheader("Connection")) == (401, "close")


def test_a_body_that_is_cut_short_ends_nothing_but_its_connection(
    connect: Connect, service: Service
) -> None:
    connection = connect()
    announce(connection, "POST", "/api/v1/api_keys", len(BODY))
    connection.send(BODY[:4])
    time.sleep(LATER_SECONDS)
    connection.close()

    assert service.call("GET", "/livez").status_code == 200


def announce(connection: HTTPConnection, method: str, path: str, length: int) -> None:
    """The head of a request that nobody is authenticated by."""
    connection.putrequest(method, path)
    connection.putheader("Authorization", "Bearer wrong")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
