"""Several processes that start on one PostgreSQL database, at the same moment or in turn."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.keyservice.starting import Started
from tests.prepared import Prepared
from tests.servers.postgres import create_database, drop_database
from tests.service import Service

PROCESSES = 3
KEPT = ("DATABASE_URL", "KEYSERVICE_KEYS", "KEYSERVICE_ROOT_KEY")


def test_only_one_makes_the_tables_and_shows_the_secrets(
    tmp_path: Path, valkey_url: str, prepared: Prepared
) -> None:
    name = f"together_{secrets.token_hex(6)}"
    shared = {
        "DATABASE_URL": create_database(os.environ["DATABASE_URL"], name),
        "REDIS_URL": valkey_url,
        "KEYSERVICE_KEYS": secrets.token_urlsafe(32),
    }

    def start(number: int) -> Started:
        directory = tmp_path / str(number)
        prepared.copy_into(directory / "var")  # static files; the database has nothing
        return Started(directory, **shared, KEYSERVICE_DATA_DIR=str(directory / "var"))

    with ThreadPoolExecutor(PROCESSES) as threads:
        started = list(threads.map(start, range(PROCESSES)))
    ready = [service.status("/readyz") for service in started]
    exits = [service.stop() for service in started]
    drop_database(os.environ["DATABASE_URL"], name)

    assert ready == [200] * PROCESSES
    assert exits == [0] * PROCESSES
    assert sum("root key" in service.output for service in started) == 1


def test_what_a_service_without_redis_has_journaled_counts_when_it_starts_with_one(
    start_service: Callable[..., Service], valkey_url: str
) -> None:
    alone = start_service()
    made = alone.call("POST", "/api/v1/api_keys", json={"max_uses": 9, "name": "n"}).json()
    asked = {"secret": made["secret"]}
    before = [_is_valid(alone, asked) for _ in range(5)]
    alone.stop()
    kept = {name: alone.environment[name] for name in KEPT}
    together = Service(alone.data, {**kept, "REDIS_URL": valkey_url})
    told = together.call("GET", f"/api/v1/api_keys/{made['id']}").json()
    after = [_is_valid(together, asked) for _ in range(5)]
    together.stop()

    assert (told["total_requests"], sum(before)) == (5, 5)
    assert after == [True] * 4 + [False]


def _is_valid(service: Service, asked: dict[str, str]) -> bool:
    return bool(service.call("POST", "/api/v1/api_keys/verify", json=asked).json()["valid"])
