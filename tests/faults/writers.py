"""Clients that change things, and remember what was acknowledged."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.client import PAUSE_SECONDS, Answer, Client
from tests.faults.history import UNANSWERED
from tests.faults.load import STOP_SECONDS, Key, Wanted

STEP_SECONDS = 0.05
#: A key is under load for so long before it is stopped, so that every worker has it in its cache.
LIFE_SECONDS = 0.3
#: So many stopped keys go on being asked for.
REMEMBERED = 6


class Repeating:
    """A thread that takes one step after the other, from `start` until `stop`."""

    def __init__(self, step: Callable[[], None], *, seconds: float = STEP_SECONDS) -> None:
        self._step, self._seconds = step, seconds
        self._end = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        """Begin nothing more."""
        self._end.set()

    def stop(self) -> None:
        """End after the running step; raises what a step has raised."""
        self.end()
        self._thread.join(STOP_SECONDS)
        assert not self._thread.is_alive(), "a writer hangs"
        if self._failure:
            raise self._failure

    def _run(self) -> None:
        try:
            while not self._end.wait(self._seconds):
                self._step()
        except Exception as error:  # a thread cannot raise: whoever stops it does
            self._failure = error


def is_foreseen(answer: Answer) -> bool:
    """Whether a mutation was done, told to be repeated, or cut off; nothing else may come."""
    return answer.status in (200, 201, 204, 503, UNANSWERED)


@dataclass(slots=True)
class Written:
    """What one key's description has to be: the acknowledged one, or a later one that may be."""

    acknowledged: str
    possible: set[str] = field(default_factory=set)


class Writer:
    """Creates keys and describes them anew."""

    def __init__(self, client: Client, seed: int) -> None:
        self.keys: dict[str, Written] = {}
        self.unforeseen: list[Answer] = []
        self.statuses: Counter[int] = Counter()
        self.client, self._chance = client, random.Random(seed)
        self._count = 0

    def step(self) -> None:
        """One create, or one patch of a key that is there."""
        self._count += 1
        text = f"number {self._count}"
        if self.keys and self._chance.random() < 0.5:
            key_id = self._chance.choice(list(self.keys))
            self._describe(key_id, text)
        else:
            self._create(text)

    def _create(self, text: str) -> None:
        answer = self._call("POST", "/api_keys", {"name": "written", "description": text})
        if answer.status == 201:
            self.keys[answer.body["id"]] = Written(text)

    def _describe(self, key_id: str, text: str) -> None:
        written = self.keys[key_id]
        answer = self._call("PATCH", f"/api_keys/{key_id}", {"description": text})
        if answer.status == 200:
            self.keys[key_id] = Written(text)
        else:
            written.possible.add(text)

    def _call(self, method: str, path: str, body: object) -> Answer:
        answer = self.client.call(method, path, body)
        self.statuses[answer.status] += 1
        if not is_foreseen(answer):
            self.unforeseen.append(answer)
        if answer.status in (503, UNANSWERED):
            time.sleep(PAUSE_SECONDS)
        return answer


@dataclass(frozen=True, slots=True)
class Stopped:
    """A key that was stopped: how, and when the call that did it had returned."""

    key: Key
    how: str
    returned_at: float


class Stopper:
    """Makes keys, lets the load verify them, and revokes, disables or deletes them."""

    def __init__(self, client: Client, wanted: Wanted, seed: int) -> None:
        self.stopped: list[Stopped] = []
        self.unforeseen: list[Answer] = []
        self.client, self._wanted, self._chance = client, wanted, random.Random(seed)

    def step(self) -> None:
        """The whole life of one key, as far as the faults let it be made."""
        answer = self.client.call("POST", "/api_keys", {"name": "stopped"})
        if answer.status != 201:
            self._note(answer)
            return
        key = Key(answer.body["id"], answer.body["secret"], {})
        self._wanted.steady.append(key)
        time.sleep(LIFE_SECONDS)
        self.stopped.append(self._stop(key))
        if len(self.stopped) > REMEMBERED:
            self._wanted.steady.remove(self.stopped[-REMEMBERED - 1].key)

    def _stop(self, key: Key) -> Stopped:
        how = self._chance.choice(["revoke", "disable", "delete"])
        path = f"/api_keys/{key.id}"
        while True:
            if how == "delete":
                answer = self.client.call("DELETE", path)
            else:
                answer = self.client.call("POST", f"{path}/{how}", {})
            if answer.status in (200, 204):
                return Stopped(key, how, time.monotonic())
            # The delete before may have been done, and its answer lost.
            if how == "delete" and answer.status == 404:
                return Stopped(key, how, time.monotonic())
            self._note(answer)

    def _note(self, answer: Answer) -> None:
        if not is_foreseen(answer):
            self.unforeseen.append(answer)
        time.sleep(PAUSE_SECONDS)
