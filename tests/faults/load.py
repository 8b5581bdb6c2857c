"""Clients that verify without a pause, each in a thread with a connection of its own."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.faults.client import PAUSE_SECONDS, Client
from tests.faults.history import Call, History

#: How long a client waits when there is nothing to ask.
IDLE_SECONDS = 0.01
STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Key:
    """A key under load: its id, its secret, and what it was created with."""

    id: str
    secret: str
    created: dict[str, Any]


class Wanted:
    """What the clients should ask next: volleys first, else one of the steady keys."""

    def __init__(self, *, pace_seconds: float = 0) -> None:
        self.steady: list[Key] = []
        self.pace_seconds = pace_seconds
        self._volleys: deque[tuple[Key, int]] = deque()

    def volley(self, asked: Sequence[tuple[Key, int]]) -> None:
        """Have these verified, key and cost, by whoever is free."""
        self._volleys.extend(asked)

    @property
    def has_volleys(self) -> bool:
        """Whether something of a volley was not begun yet."""
        return bool(self._volleys)

    def next(self, chance: random.Random) -> tuple[Key, int] | None:
        """A key and a cost; null when there is nothing to ask."""
        try:
            return self._volleys.popleft()
        except IndexError:
            keys = self.steady
            return (chance.choice(keys), 1) if keys else None


class Running(Protocol):
    """Something that goes on until it is told to stop."""

    def end(self) -> None:
        """Begin nothing more."""

    def stop(self) -> None:
        """End, and wait for what has begun."""


def stop_all(running: Sequence[Running]) -> None:
    """Let all of them end together."""
    for part in running:
        part.end()
    for part in running:
        part.stop()


class Load:
    """The threads, from the constructor until `stop`. Clients go round the addresses."""

    def __init__(
        self,
        urls: Sequence[str],
        credential: str,
        wanted: Wanted,
        history: History,
        *,
        threads: int,
        seed: int,
    ) -> None:
        self._wanted, self._history = wanted, history
        self._end = threading.Event()
        self._threads = [
            threading.Thread(target=self._verify, args=[Client(url, credential), seed + number])
            for number, url in zip(range(threads), itertools.cycle(urls), strict=False)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Begin nothing more."""
        self._end.set()

    def stop(self) -> None:
        """Let every client finish its call."""
        self.end()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
            assert not thread.is_alive(), "a client hangs"

    def _verify(self, client: Client, seed: int) -> None:
        chance = random.Random(seed)
        while not self._end.is_set():
            asked = self._wanted.next(chance)
            if asked is None:
                self._end.wait(IDLE_SECONDS)
                continue
            call = verify(client, *asked)
            self._history.add(call)
            pause = self._wanted.pace_seconds if call.status == 200 else PAUSE_SECONDS
            if pause:
                self._end.wait(pause)
        client.close()


def verify(client: Client, key: Key, cost: int = 1) -> Call:
    """Verify a key's secret once; the call as it went."""
    began_at = time.monotonic()
    answer = client.call("POST", "/api_keys/verify", {"secret": key.secret, "cost": cost})
    return Call(key.id, cost, began_at, time.monotonic(), answer.status, answer.code)
