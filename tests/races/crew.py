"""Threads that begin at the same instant, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")

#: Each race is run this often: a window of microseconds is not met every time.
TRIALS = 20

# Whoever waits longer at the gate waits for a thread that died.
GATE_SECONDS = 60


class Crew:
    """A number of threads that stay, connections open, for all trials of a test."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads = ThreadPoolExecutor(size)

    def all_do(self, work: Callable[[], Result]) -> list[Result | Exception]:
        """What each thread's `work` returned or raised; all of them begin together."""
        return self.do([work] * self.size)

    def do(self, works: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
        """The same with different work; there is to be one piece for each thread."""
        gate = threading.Barrier(self.size)

        def begin(work: Callable[[], Result]) -> Result | Exception:
            gate.wait(GATE_SECONDS)
            try:
                return work()
            except Exception as error:
                return error

        # Nobody passes the gate before the last has come, so no thread takes two pieces.
        return list(self._threads.map(begin, works, timeout=GATE_SECONDS))

    def dismiss(self) -> None:
        """Close every thread's connection and end it."""
        self.all_do(connections.close_all)
        self._threads.shutdown()


@contextmanager
def crew_of(size: int) -> Generator[Crew, None, None]:
    """A crew that is dismissed at the end."""
    crew = Crew(size)
    try:
        yield crew
    finally:
        crew.dismiss()


def of_type(kind: type[Result], results: Sequence[object]) -> list[Result]:
    """The results of one type; the lines of a test read better with it."""
    return [result for result in results if isinstance(result, kind)]
