"""A deployment of its own: PostgreSQL, Valkey, services with two workers each, a flusher."""

from __future__ import annotations

import random
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.faults.client import Client
from tests.faults.load import Key
from tests.prepared import Prepared
from tests.servers.durable_postgres import DurablePostgres
from tests.servers.durable_valkey import DurableValkey
from tests.servers.kept import Kept
from tests.servers.postgres import create_database
from tests.servers.processes import kill
from tests.servers.valkey_cluster import ValkeyCluster
from tests.service import REPOSITORY, Service

WORKERS = 2
COMMAND_SECONDS = 300


class Site:
    """Everything that one deployment consists of, ready when constructed, until `stop`.

    With more than one service they share PostgreSQL and Valkey and nothing else, as on two
    machines; `clustered` puts three nodes of Valkey in the place of one.
    """

    def __init__(
        self, folder: Path, prepared: Prepared, *, services: int = 1, clustered: bool = False
    ) -> None:
        self._folder = folder
        self._prepared = prepared
        self.postgres = DurablePostgres()
        self._cluster = ValkeyCluster() if clustered else None
        self.valkeys = self._cluster.nodes if self._cluster else [DurableValkey()]
        self._shared = self._settings()
        self.services = [self._service(number) for number in range(services)]
        self._flushers = 0
        self.flusher = self._start_flusher()

    @property
    def urls(self) -> list[str]:
        """Where the services listen."""
        return [service.url for service in self.services]

    @property
    def database_url(self) -> str:
        """The database that the services share."""
        return self.services[0].environment["DATABASE_URL"]

    @property
    def root_key(self) -> str:
        """The root key, which is that of all services."""
        return self.services[0].root_key

    def client(self, number: int = 0) -> Client:
        """A new connection with the root key to one of the services."""
        return Client(self.urls[number % len(self.urls)], self.root_key)

    def create(self, name: str, **attributes: Any) -> Key:
        """A new key; it must succeed."""
        with self.client() as client:
            answer = client.settled("POST", "/api_keys", {"name": name, **attributes})
        assert answer.status == 201, answer
        return Key(answer.body["id"], answer.body["secret"], attributes)

    def total_requests(self, key: Key) -> int:
        """The uses of a key as the service tells them."""
        with self.client() as client:
            answer = client.settled("GET", f"/api_keys/{key.id}")
        assert answer.status == 200, answer
        return int(answer.body["total_requests"])

    def kill_worker(self, chance: random.Random) -> None:
        """SIGKILL one process that answers requests; another takes its place by itself."""
        service = chance.choice(self.services)
        kill([chance.choice(service.workers)])

    def kill_flusher(self) -> None:
        """SIGKILL the process of `apikeys_worker`, and start another."""
        kill([self.flusher.server_pid])
        self.flusher.wait_for_end()
        self.flusher = self._start_flusher()

    def manage(self, *words: str) -> str:
        """Run a management command, which must succeed; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            env=self._environment("command"),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def log_text(self) -> str:
        """What all services and flushers have logged."""
        return "".join(file.read_text() for file in sorted(self._folder.glob("**/*.log")))

    def stop(self) -> None:
        """Stop everything, whatever state it is in."""
        self.flusher.stop()
        for service in self.services:
            service.stop()
        for valkey in self.valkeys:
            valkey.stop()
        self.postgres.stop()

    def _settings(self) -> dict[str, str | None]:
        redis_url = self._cluster.url if self._cluster else self.valkeys[0].url
        return {
            "DATABASE_URL": create_database(self.postgres.url(), "keyservice"),
            "REDIS_URL": redis_url,
            "KEYSERVICE_KEYS": secrets.token_urlsafe(32),
            "KEYSERVICE_ROOT_KEY": f"root-{secrets.token_urlsafe(48)}",
            "KEYSERVICE_WORKERS": str(WORKERS),
            # A line for each verify would be most of the disk writes.
            "KEYSERVICE_LOG_LEVEL": "WARNING",
        }

    def _service(self, number: int) -> Service:
        data = self._folder / f"service-{number}"
        self._prepared.copy_into(data)
        return Service(data, self._shared)

    def _start_flusher(self) -> Kept:
        self._flushers += 1
        return Kept(
            [sys.executable, "manage.py", "apikeys_worker"],
            log=self._folder / f"flusher-{self._flushers}.log",
            environment=self._environment("flusher"),
            directory=REPOSITORY,
        )

    def _environment(self, name: str) -> dict[str, str]:
        return {
            **self.services[0].environment,
            "KEYSERVICE_DATA_DIR": str(self._folder / name),
        }
