"""Stores that forget what they have acknowledged are refused, or complained about."""

from __future__ import annotations

import secrets
from pathlib import Path

from keyservice.durability import complaints_about_redis
from tests.keyservice.starting import run
from tests.servers.durable_valkey import DurableValkey
from tests.servers.postgres import Postgres


def test_a_redis_in_memory_is_complained_about(valkey_url: str) -> None:
    [complaint] = complaints_about_redis(valkey_url)
    assert "appendonly is off" in complaint


def test_a_redis_that_evicts_is_complained_about() -> None:
    server = DurableValkey()
    try:
        assert not list(complaints_about_redis(server.url))
        with server.client() as client:
            client.config_set("maxmemory-policy", "allkeys-lru")
        [complaint] = complaints_about_redis(server.url)
    finally:
        server.stop()
    assert "maxmemory-policy is not noeviction" in complaint


def test_a_database_that_acknowledges_too_early_is_refused(tmp_path: Path) -> None:
    server = Postgres({"synchronous_commit": "off"})
    try:
        keys = secrets.token_urlsafe(32)
        result = run(
            "up",
            KEYSERVICE_DATA_DIR=str(tmp_path),
            KEYSERVICE_KEYS=keys,
            DATABASE_URL=server.url(),
        )
    finally:
        server.stop()
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("keyservice: DATABASE_URL: synchronous_commit is off")
