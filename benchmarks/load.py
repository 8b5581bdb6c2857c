"""Asking a server many times, from a process of its own, and what that cost the server."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks.arrivals import closed_loop, open_loop
from benchmarks.connections import Connections
from benchmarks.cores import EVERYTHING_ELSE, cpu_seconds
from benchmarks.wire import Expectation, WrongAnswer


@dataclass(frozen=True, slots=True)
class Target:
    """What is measured: a port of loopback, the process below which the server runs, and what is
    right."""

    port: int
    pid: int
    expectation: Expectation
    connections: int = 32


@dataclass(frozen=True, slots=True)
class Cost:
    """What a round of requests took: of the clock, and of the server's processors."""

    requests: int
    seconds: float
    cpu_seconds: float
    latencies: Sequence[float] = ()

    @property
    def cpu_per_thousand(self) -> float:
        """Seconds of user and system time for 1,000 requests."""
        return self.cpu_seconds * 1000 / self.requests

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1000


def ask_for(target: Target, requests: Sequence[bytes], seconds: float) -> Cost:
    """Ask over and over through the requests, as fast as answers come."""
    return _aside(
        target, lambda open_: closed_loop(open_, itertools.cycle(requests), seconds=seconds)
    )


def ask_each(target: Target, requests: Sequence[bytes], *, seconds: float = 3600) -> Cost:
    """Ask each request once, as fast as answers come; the rest is left out after `seconds`."""
    return _aside(target, lambda open_: closed_loop(open_, iter(requests), seconds=seconds))


def ask_at(target: Target, requests: Sequence[bytes], *, per_second: float) -> Cost:
    """Ask each request once, at a fixed rate; latencies count from the intended moment."""
    return _aside(target, lambda open_: open_loop(open_, requests, per_second=per_second))


def answers(target: Target, request: bytes) -> bool:
    """Whether the server takes connections; then its answer has to be right."""
    try:
        with Connections(target.port, 1, target.expectation) as connections:
            closed_loop(connections, iter([request]), seconds=0)
    except OSError:
        return False
    return True


def _aside(target: Target, ask: Callable[[Connections], list[float]]) -> Cost:
    # Forked, so that a hundred thousand prebuilt requests need not be copied.
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(target, ask, writer))
    process.start()
    writer.close()
    try:
        found: Cost | WrongAnswer = reader.recv()
    except EOFError:
        raise WrongAnswer("the load generator ended early; see above") from None
    finally:
        process.join()
    if isinstance(found, WrongAnswer):
        raise found
    return found


def _measure(target: Target, ask: Callable[[Connections], list[float]], writer: Connection) -> None:
    os.sched_setaffinity(0, {EVERYTHING_ELSE})
    gc.disable()
    try:
        with Connections(target.port, target.connections, target.expectation) as connections:
            began, spent = time.perf_counter(), cpu_seconds(target.pid)
            latencies = ask(connections)
            seconds, cpu = time.perf_counter() - began, cpu_seconds(target.pid) - spent
        writer.send(Cost(len(latencies), seconds, cpu, latencies))
    except WrongAnswer as error:
        writer.send(error)
