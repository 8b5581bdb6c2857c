"""Many clients of one service at the same time, each on a connection that it keeps."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.service import Service

CLIENTS = 64

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict, what was asked, and between which moments it came about (monotonic seconds)."""

    cost: int
    verdict: dict[str, Any]
    began_at: float
    ended_at: float

    @property
    def valid(self) -> bool:
        return bool(self.verdict["valid"])


class Client:
    """One client, as the root key."""

    def __init__(self, service: Service) -> None:
        self._connection = HTTPConnection(urlsplit(service.url).netloc, timeout=60)
        self._headers = {
            "Authorization": f"Bearer {service.root_key}",
            "Content-Type": "application/json",
        }

    def verify(self, secret: str, *, cost: int = 1, **asked: Any) -> Told:
        body = json.dumps({"secret": secret, "cost": cost, **asked})
        began_at = time.monotonic()
        self._connection.request("POST", "/api/v1/api_keys/verify", body, self._headers)
        answer = self._connection.getresponse()
        verdict = json.loads(answer.read())
        assert answer.status == 200, verdict
        return Told(cost, verdict, began_at, time.monotonic())

    def close(self) -> None:
        self._connection.close()


class Crowd:
    """Clients, and threads for all of them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._clients = [Client(service) for _ in range(CLIENTS)]
        self._threads = ThreadPoolExecutor(CLIENTS)

    def do(self, work: Callable[[Client], list[Told]]) -> list[Told]:
        """What all clients were told; each does the work once."""
        return [told for some in self._threads.map(work, self._clients) for told in some]

    def issue(self, **attributes: Any) -> str:
        """The secret of a new key."""
        answer = self._service.call("POST", "/api/v1/api_keys", json={"name": "one", **attributes})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["secret"])

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._threads.shutdown()


@contextmanager
def crowd_at(service: Service) -> Iterator[Crowd]:
    crowd = Crowd(service)
    try:
        yield crowd
    finally:
        crowd.close()


def most_within(told: list[Told], seconds: float) -> int:
    """The most valid answers that were asked for and given within so many seconds."""
    valid = sorted((it for it in told if it.valid), key=lambda it: it.began_at)
    return max(
        (
            sum(
                it.began_at >= first.began_at and it.ended_at <= first.began_at + seconds
                for it in valid
            )
            for first in valid
        ),
        default=0,
    )
