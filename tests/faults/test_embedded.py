"""SQLite, one process, no Redis: many writers at once, and verifies beside them."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.client import Client
from tests.faults.history import History
from tests.faults.load import Key, Load, Running, Wanted, stop_all
from tests.faults.writers import Repeating, Writer
from tests.prepared import Prepared
from tests.service import Service

WRITERS = 32
READERS = 4
SECONDS, SECONDS_LONG = 5, 60


@pytest.fixture
def embedded(tmp_path: Path, prepared: Prepared) -> Generator[Service, None, None]:
    """A service as `make run` starts it."""
    data = tmp_path / "embedded"
    prepared.copy_into(data)
    service = Service(data, {"KEYSERVICE_LOG_LEVEL": "WARNING"})
    yield service
    service.stop()


def test_many_writers_never_find_the_database_locked_and_lose_nothing(
    embedded: Service, tmp_path: Path, seed: int, is_long: bool
) -> None:
    writers = [Writer(client_of(embedded), seed + number) for number in range(WRITERS)]
    history = History()

    work(embedded, writers, history, seed, SECONDS_LONG if is_long else SECONDS)

    history.write(tmp_path / "history.csv")
    assert not [call for call in history.calls if not call.passed]
    assert not [writer.statuses for writer in writers if set(writer.statuses) - {200, 201}]
    assert "database is locked" not in embedded.log_text()
    assert descriptions(embedded) == {
        key_id: written.acknowledged
        for writer in writers
        for key_id, written in writer.keys.items()
    }


def work(
    service: Service, writers: list[Writer], history: History, seed: int, seconds: float
) -> None:
    """Let all writers write for so long, while clients verify one key."""
    wanted = Wanted()
    with client_of(service) as client:
        issued = client.call("POST", "/api_keys", {"name": "verified"}).body
    wanted.steady = [Key(issued["id"], issued["secret"], {})]
    running: list[Running] = [Repeating(writer.step, seconds=0.001) for writer in writers]
    running.append(
        Load([service.url], service.root_key, wanted, history, threads=READERS, seed=seed)
    )
    time.sleep(seconds)
    stop_all(running)
    for writer in writers:
        writer.client.close()


def descriptions(service: Service) -> dict[str, str]:
    """The description of every key that a writer made, from all pages of the list."""
    found: dict[str, str] = {}
    path: str | None = "/api_keys?limit=100&search=written"
    with client_of(service) as client:
        while path:
            page: Any = client.call("GET", path).body
            found |= {key["id"]: key["description"] for key in page["results"]}
            path = page["next"] and page["next"].partition("/api/v1")[2]
    return found


def client_of(service: Service) -> Client:
    """A new connection with the root key."""
    return Client(service.url, service.root_key)
