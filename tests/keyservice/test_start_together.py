"""Several processes that start on one PostgreSQL database at the same moment."""

from __future__ import annotations

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.keyservice.starting import Started
from tests.prepared import Prepared
from tests.servers.postgres import create_database, drop_database

PROCESSES = 3


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
