"""When requests are sent: as fast as answers come, or at a rate of their own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence

from benchmarks.connections import Connections


def closed_loop(
    connections: Connections, requests: Iterator[bytes], *, seconds: float
) -> list[float]:
    """Each connection asks again once it is answered, until the time or the requests are over.

    The latencies in seconds, one for each request.
    """
    latencies: list[float] = []
    deadline = time.perf_counter() + seconds
    under_way = 0
    for number, request in zip(connections.numbers, requests, strict=False):
        connections.send(number, request, time.perf_counter())
        under_way += 1
    while under_way:
        for number, latency in connections.answers():
            latencies.append(latency)
            now = time.perf_counter()
            following = next(requests, None) if now < deadline else None
            if following is None:
                under_way -= 1
            else:
                connections.send(number, following, now)
    return latencies


def open_loop(
    connections: Connections, requests: Sequence[bytes], *, per_second: float
) -> list[float]:
    """Each request is due at its own moment, whether or not earlier ones were answered.

    The latencies count from that moment, in seconds: a queue in front of the server is part of
    them, even while it is here that requests wait for a free connection.
    """
    latencies: list[float] = []
    free, late = connections.numbers, deque[tuple[float, bytes]]()
    began = time.perf_counter()
    schedule = ((began + at / per_second, one) for at, one in enumerate(requests))
    coming = next(schedule, None)
    while len(latencies) < len(requests):
        now = time.perf_counter()
        while coming and coming[0] <= now:
            late.append(coming)
            coming = next(schedule, None)
        while late and free:
            due, request = late.popleft()
            connections.send(free.pop(), request, due)
        pause = max(0.0, coming[0] - time.perf_counter()) if coming else 1.0
        for number, latency in connections.answers(pause):
            latencies.append(latency)
            free.append(number)
    return latencies
