"""Requests over kept-alive connections, and what they cost the server."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 8
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

IsRight = Callable[[int, bytes], bool]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a round of requests took: of the clock, and of the server's processors."""

    requests: int
    seconds: float
    cpu_seconds: float

    @property
    def cpu_per_thousand(self) -> float:
        """Seconds of user and system time for 1,000 requests."""
        return self.cpu_seconds * 1000 / self.requests

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class Target:
    """What is measured: an address, the process that began the server, and what is right."""

    url: str
    pid: int
    headers: Mapping[str, str]
    is_right: IsRight


def measure(target: Target, bodies: Sequence[bytes]) -> Cost:
    """POST every body once; the first wrong answer ends the benchmark."""
    shares = [bodies[start::CONNECTIONS] for start in range(CONNECTIONS)]
    began, spent = time.perf_counter(), cpu_seconds(target.pid)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        answered = sum(pool.map(lambda share: _post_all(target, share), shares))
    seconds, cpu = time.perf_counter() - began, cpu_seconds(target.pid) - spent
    assert answered == len(bodies)
    return Cost(answered, seconds, cpu)


def cpu_seconds(ancestor: int) -> float:
    """User and system time so far of all living descendants of a process."""
    children, ticks = defaultdict(list), {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended between the listing and the reading
        pid = int(stat.parent.name)
        children[int(fields[1])].append(pid)
        ticks[pid] = int(fields[11]) + int(fields[12])
    found, waiting = 0, list(children[ancestor])
    while waiting:
        pid = waiting.pop()
        found += ticks[pid]
        waiting += children[pid]
    return found / TICKS_PER_SECOND


def _post_all(target: Target, bodies: Sequence[bytes]) -> int:
    parts = urlsplit(target.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    for body in bodies:
        connection.request("POST", parts.path, body, dict(target.headers))
        response = connection.getresponse()
        answer = response.read()
        assert target.is_right(response.status, answer), (response.status, answer[:300])
    connection.close()
    return len(bodies)
