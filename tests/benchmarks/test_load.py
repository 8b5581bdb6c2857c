"""The load generator against a small server in a thread of this process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.arrivals import closed_loop, open_loop
from benchmarks.connections import Connections
from benchmarks.load import Target, answers
from benchmarks.wire import Expectation, WrongAnswer, request

SLOW_SECONDS = 0.2
RIGHT = Expectation(200, b"right")


class Handler(BaseHTTPRequestHandler):
    """Answers `right`, `/wrong` with something else, and `/slow` late."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(SLOW_SECONDS)
        body = b"wrong" if self.path == "/wrong" else b"all right"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_request_is_answered_once(port: int) -> None:
    with Connections(port, 3, RIGHT) as connections:
        assert len(closed_loop(connections, iter([request("GET", "/")] * 20), seconds=60)) == 20


def test_it_stops_asking_when_the_time_is_over(port: int) -> None:
    with Connections(port, 2, RIGHT) as connections:
        endless = iter(lambda: request("GET", "/"), b"")
        assert closed_loop(connections, endless, seconds=0.05)


def test_waiting_for_a_free_connection_is_part_of_the_latency_at_a_fixed_rate(port: int) -> None:
    requests = [request("GET", "/slow"), *[request("GET", "/")] * 3]
    with Connections(port, 1, RIGHT) as connections:
        slow, *behind = open_loop(connections, requests, per_second=100)
    assert slow >= SLOW_SECONDS
    assert all(latency > SLOW_SECONDS / 2 for latency in behind)


def test_a_wrong_answer_ends_it(port: int) -> None:
    with Connections(port, 1, RIGHT) as connections, pytest.raises(WrongAnswer, match="wrong"):
        closed_loop(connections, iter([request("GET", "/wrong")]), seconds=60)


def test_a_server_that_is_not_there_yet_does_not_answer() -> None:
    assert not answers(Target(9, os.getpid(), RIGHT), request("GET", "/"))
