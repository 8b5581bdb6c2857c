"""The yardsticks: what the server and Django cost by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contender import Contender, over_http
from benchmarks.load import Target, answers
from benchmarks.stage import Stage, granian
from benchmarks.wire import Expectation, request

EMPTY = request("GET", "/empty")


@contextmanager
def raw(stage: Stage) -> Iterator[list[Contender]]:
    """A WSGI application without a framework."""
    with _served("benchmarks.raw_app:application", stage.options.workers, stage.scratch) as target:
        yield [over_http("raw", "raw WSGI application", target, [EMPTY])]


@contextmanager
def empty(stage: Stage) -> Iterator[list[Contender]]:
    """An empty view, in as many processes as everyone has."""
    with _view(stage, stage.options.workers) as target:
        yield [over_http("empty", "empty Django view", target, [EMPTY], paced=True)]


@contextmanager
def _view(stage: Stage, workers: int) -> Iterator[Target]:
    with _served("benchmarks.empty_view:application", workers, stage.scratch) as target:
        yield target


@contextmanager
def one_empty(stage: Stage) -> Iterator[Contender]:
    """An empty view in one process, for what has one process."""
    with _view(stage, 1) as target:
        yield over_http("empty-1", "empty Django view, one process", target, [EMPTY])


@contextmanager
def _served(application: str, workers: int, scratch: Path) -> Iterator[Target]:
    log = scratch / f"{application.partition(':')[0]}-{workers}.log"
    with granian(application, workers, log) as (kept, port):
        target = Target(port, kept.pid, Expectation(200))
        kept.wait_until(lambda: answers(target, EMPTY))
        yield target
