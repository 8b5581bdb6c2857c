"""Answers that are ready before the body has arrived, through the real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from select import select

import pytest
from django.conf import settings

from apikeys.api.quick import READERS_MAX
from tests.service import Service

PATH = "/api/v1/api_keys"
BODY = b'{"name": "n"}'
LATER_SECONDS = 0.05  # after the answer is ready, which takes a tenth of it
WAIT_SECONDS_MAX = 20

Connect = Callable[[], HTTPConnection]


@pytest.fixture
def connect(service: Service) -> Generator[Connect, None, None]:
    """Open connections, closed in the end."""
    host = service.url.removeprefix("http://")
    with ExitStack() as opened:

        def one() -> HTTPConnection:
            connection = HTTPConnection(host, timeout=WAIT_SECONDS_MAX)
            opened.callback(connection.close)
            connection.connect()
            return connection

        yield one


@pytest.fixture
def silent(connect: Connect) -> Generator[list[HTTPConnection], None, None]:
    """As many connections as may be waited for, and one more, each with a body that never comes."""
    connections = [connect() for _ in range(READERS_MAX + 1)]
    for connection in connections:
        announce(connection)
    yield connections
    for connection in connections:
        connection.close()
    wait_until_bodies_are_waited_for(connect)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", PATH, 401),
        ("POST", f"{PATH}/verify", 401),
        ("POST", "/nowhere", 404),
        ("PUT", PATH, 401),
        ("POST", "/admin/login/", 403),
        ("POST", "/oauth/token", 415),
        ("GET", "/livez", 200),
    ],
)
def test_a_connection_serves_the_next_request_when_the_body_of_this_one_was_late(
    connect: Connect, method: str, path: str, status: int
) -> None:
    connection = connect()
    announce(connection, method, path)
    time.sleep(LATER_SECONDS)
    connection.send(BODY)
    first, socket = connection.getresponse(), connection.sock
    first.read()
    time.sleep(LATER_SECONDS)

    connection.request("GET", "/livez")

    assert told(first) == (status, None)
    assert connection.getresponse().status == 200
    assert connection.sock is socket


def test_a_body_beyond_every_limit_is_not_waited_for(connect: Connect) -> None:
    connection = connect()
    announce(connection, length=settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)

    assert told(connection.getresponse()) == (401, "close")


def test_who_wants_to_be_asked_for_the_body_of_a_refused_request_is_not(connect: Connect) -> None:
    connection = connect()
    announce(connection, Expect="100-continue")

    assert told(connection.getresponse()) == (401, "close")


def test_of_those_who_keep_their_bodies_to_themselves_one_is_not_waited_for(
    silent: list[HTTPConnection],
) -> None:
    by_socket = {it.sock: it for it in silent}

    [answered], _, _ = select(by_socket, [], [], WAIT_SECONDS_MAX)

    assert told(by_socket[answered].getresponse()) == (401, "close")


def test_what_was_read_keeps_its_connection_even_then(
    silent: list[HTTPConnection], connect: Connect, service: Service
) -> None:
    [_], _, _ = select([it.sock for it in silent], [], [], WAIT_SECONDS_MAX)
    connection = connect()
    headers = {"Authorization": f"Bearer {service.root_key}", "Content-Type": "application/json"}

    connection.request("POST", PATH, BODY, headers)

    assert told(connection.getresponse()) == (201, None)


@pytest.mark.parametrize(
    ("chunks", "status", "connection_field"), [(1, 401, None), (6, 413, "close")]
)
def test_of_a_chunked_body_as_much_is_read_as_is_allowed(
    connect: Connect, chunks: int, status: int, connection_field: str | None
) -> None:
    connection = connect()

    with suppress(OSError):  # what is too long need not be taken to its end
        connection.request("POST", PATH, iter([b" " * 65_536] * chunks))

    assert told(connection.getresponse()) == (status, connection_field)


def test_bodies_that_are_cut_short_are_waited_for_no_longer(connect: Connect) -> None:
    for _ in range(READERS_MAX + 1):
        cut = connect()
        announce(cut)
        cut.send(BODY[:4])
        cut.close()

    wait_until_bodies_are_waited_for(connect)


def announce(
    connection: HTTPConnection,
    method: str = "POST",
    path: str = PATH,
    length: int = len(BODY),
    **fields: str,
) -> None:
    """The head of a request that nobody is authenticated by."""
    connection.putrequest(method, path)
    given = {"Authorization": "Bearer wrong", "Content-Type": "application/json"}
    for name, value in {**given, "Content-Length": str(length), **fields}.items():
        connection.putheader(name, value)
    connection.endheaders()


def told(answer: HTTPResponse) -> tuple[int, str | None]:
    """The status, and what the answer says of its connection."""
    return answer.status, answer.getheader("Connection")


def wait_until_bodies_are_waited_for(connect: Connect) -> None:
    """Return once the server has noticed who hung up, and waits for as many as it may."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not _are_waited_for([connect() for _ in range(READERS_MAX)]):
        assert time.monotonic() < deadline, "nobody's body is waited for any more"


def _are_waited_for(connections: list[HTTPConnection]) -> bool:
    for connection in connections:
        announce(connection)
    time.sleep(LATER_SECONDS)
    try:
        for connection in connections:
            connection.send(BODY)
        return all(told(it.getresponse()) == (401, None) for it in connections)
    except (OSError, HTTPException):
        return False
