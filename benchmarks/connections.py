"""Kept-alive connections, each with at most one request under way, as a pool of clients has."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from types import TracebackType

from benchmarks.wire import Expectation, WrongAnswer, split

_CHUNK_BYTES = 262_144
CONNECT_SECONDS = 30


class Connections:
    """`count` connections to one port of loopback, served by one thread."""

    def __init__(self, port: int, count: int, expectation: Expectation) -> None:
        self._expectation = expectation
        self._sockets = {one.fileno(): one for one in (_connect(port) for _ in range(count))}
        self._received = dict.fromkeys(self._sockets, b"")
        self._since = dict.fromkeys(self._sockets, 0.0)
        self._epoll = select.epoll()
        for number in self._sockets:
            self._epoll.register(number, select.EPOLLIN)

    @property
    def numbers(self) -> list[int]:
        """A number for each connection, which `send` takes."""
        return list(self._sockets)

    def send(self, number: int, request: bytes, since: float) -> None:
        """Send one request; its latency counts from `since`, in seconds of `perf_counter`."""
        self._since[number] = since
        self._sockets[number].sendall(request)

    def answers(self, seconds: float | None = None) -> Iterator[tuple[int, float]]:
        """Wait for answers; the connection and the latency in seconds of each that came whole."""
        if seconds is not None:
            # The epoll object is asked in whole milliseconds only, `select` in microseconds.
            select.select([self._epoll], [], [], seconds)
        for number, _ in self._epoll.poll(0 if seconds is not None else CONNECT_SECONDS):
            if self._is_answered(number):
                yield number, time.perf_counter() - self._since[number]

    def _is_answered(self, number: int) -> bool:
        chunk = self._sockets[number].recv(_CHUNK_BYTES)
        if not chunk:
            raise WrongAnswer("the server closed a connection")
        received = self._received[number] + chunk
        found = split(received)
        if found is None:
            self._received[number] = received
            return False
        answer, length = found
        if length != len(received):
            raise WrongAnswer("more than one answer to one request")
        self._expectation.check(answer)
        self._received[number] = b""
        return True

    def __enter__(self) -> Connections:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._epoll.close()
        for one in self._sockets.values():
            one.close()


def _connect(port: int) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", port), CONNECT_SECONDS)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found
