"""A circuit breaker: after some failures in a row nobody waits for a server that is down."""

from __future__ import annotations

import threading
import time

from apikeys import metrics
from apikeys.limiters.base import LimiterDown

FAILURES = 3
PAUSE_SECONDS = 0.5


class Breaker:
    """Opens after three failures in a row; every half second one call may try if it is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._next_try = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= FAILURES

    def require_closed(self) -> None:
        """Raise `LimiterDown` while it is open, but for the one call that tries."""
        if self._failures < FAILURES:
            return
        with self._lock:
            now = time.monotonic()
            if now < self._next_try:
                raise LimiterDown
            self._next_try = now + PAUSE_SECONDS

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures == FAILURES:
                metrics.circuit(is_open=True)
            self._next_try = time.monotonic() + PAUSE_SECONDS

    def succeeded(self) -> None:
        if self._failures:
            self._failures = 0
            metrics.circuit(is_open=False)
