"""Two workers in one process: each thread is of one of them, with its limiter and its records."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from apikeys.limiters.base import Limiter
from apikeys.operations import limiting
from apikeys.operations.records import Records
from apikeys.operations.routines import Routines


class Apart:
    """Stands for several objects, and is one of them in each thread."""

    def __init__(self, those: list[Any]) -> None:
        self._those = those
        self._threads = threading.local()
        self._next = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mine(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
        else:
            setattr(self._mine(), name, value)

    def _mine(self) -> Any:
        if not hasattr(self._threads, "mine"):
            self._next += 1
            self._threads.mine = self._those[self._next % len(self._those)]
        return self._threads.mine


def serve(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Limiter], workers: int) -> Records:
    """From now on this process is so many workers; the records of the asking thread's one."""
    limiters: Any = Apart([make() for _ in range(workers)])
    limiting.install(limiters)
    records: Any = Apart([Records() for _ in range(workers)])
    routines: Any = Apart([Routines() for _ in range(workers)])
    for module in ("cases", "degraded", "routines", "steps"):
        monkeypatch.setattr(f"apikeys.operations.{module}.records", records)
    # By `sys.modules`: the package has a function of the same name.
    monkeypatch.setattr(sys.modules["apikeys.operations.verify"], "routines", routines)
    forgetful: Records = records
    return forgetful


def hesitate(monkeypatch: pytest.MonkeyPatch, load: Callable[..., Any], most: float) -> None:
    """Up to so many seconds pass between the reading of a record and its keeping."""

    def slowly(*arguments: Any) -> Any:
        loaded = load(*arguments)
        time.sleep(random.uniform(0, most))
        return loaded

    monkeypatch.setattr("apikeys.operations.records.load", slowly)
