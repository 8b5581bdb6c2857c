"""The databases of a run, and what every contender is started with."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg

from benchmarks.cores import EVERYTHING_ELSE, SERVERS, running_on
from benchmarks.options import Options
from tests.servers.kept import Kept, ServerUnavailable
from tests.servers.postgres import Postgres, create_database
from tests.servers.valkey import Valkey
from tests.service import REPOSITORY, Service, free_port

THREADS = 4  # as the service has, see `keyservice.environment`

# Room for millions of rows, and none of the writing that only a crash would need.
POSTGRES = {
    "shared_buffers": "512MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "16GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """What is known of seeded keys: secrets to verify, that of a key that may do it, and the
    primary key of the newest."""

    secrets: list[str]
    caller: str
    newest: int


@dataclass
class Stage:
    """A PostgreSQL and a Valkey, a directory for everything else, and one key ring for all.

    The main database, which all nodes of our service share, is made when it is first asked for.
    """

    scratch: Path
    postgres: str
    redis: str
    options: Options
    ring: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    root_key: str = field(default_factory=lambda: f"root-{secrets.token_urlsafe(48)}", repr=False)
    _numbers: dict[str, int] = field(default_factory=dict)

    @cached_property
    def main(self) -> str:
        """URL of the main database."""
        return self.database("main")

    @cached_property
    def keys(self) -> Keys:
        """The keys in the main database: of each of them the secret is known."""
        return self.seed(self.deployment(self.main), count=self.options.keys)

    @property
    def hot(self) -> list[str]:
        """The secrets that are asked for again and again, spread over all."""
        apart = max(1, len(self.keys.secrets) // self.options.hot)
        return self.keys.secrets[::apart]

    def database(self, name: str) -> str:
        """URL of a new database."""
        return create_database(self.postgres, name)

    def deployment(self, database: str) -> dict[str, str]:
        """The environment of a service on PostgreSQL and Valkey, as every node of it has it."""
        return {
            "DATABASE_URL": database,
            "REDIS_URL": self._redis_of(database),
            "KEYSERVICE_KEYS": self.ring,
            "KEYSERVICE_ROOT_KEY": self.root_key,
            "KEYSERVICE_WORKERS": str(self.options.workers),
        }

    def _redis_of(self, database: str) -> str:
        """A database of Valkey of its own: one that served two of PostgreSQL's would void both."""
        number = self._numbers.setdefault(database, len(self._numbers))
        return f"{self.redis.partition('?')[0]}?db={number}"

    def directory(self, name: str) -> Path:
        """A new directory."""
        made = self.scratch / name
        made.mkdir()
        return made

    def seed(self, environment: Mapping[str, str], *, count: int, known: int | None = None) -> Keys:
        """Put keys into a service's database; the secrets of `known` of them are given back."""
        found = child("benchmarks.seeding", environment, str(count), str(known or count))
        return Keys(**json.loads(found))


@contextmanager
def set_up(scratch: Path, options: Options) -> Iterator[Stage]:
    """Start PostgreSQL and Valkey, away from the processor of the servers."""
    with running_on(EVERYTHING_ELSE):
        postgres, valkey = Postgres(POSTGRES), Valkey()
    try:
        yield Stage(scratch, postgres.url(), valkey.url, options)
    finally:
        valkey.stop()
        postgres.stop()


@contextmanager
def served(data: Path, environment: Mapping[str, str | None]) -> Iterator[Service]:
    """Our service, on the processor of the servers."""
    with running_on(SERVERS):
        service = Service(data, dict(environment))
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def granian(
    application: str, workers: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[Kept, int]]:
    """A WSGI application under the service's own server and settings; its process and port."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
    command += ["--port", str(port), "--workers", str(workers), "--blocking-threads", str(THREADS)]
    with started([*command, application], log, environment or {}) as kept:
        yield kept, port


@contextmanager
def started(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[Kept]:
    """A server on the processor of the servers, until the end."""
    with running_on(SERVERS):
        kept = Kept(
            command, log=log, environment={**os.environ, **environment}, directory=REPOSITORY
        )
    try:
        yield kept
    finally:
        kept.stop()


def child(
    module: str, environment: Mapping[str, str], *arguments: str, order: str | None = None
) -> str:
    """Standard output of a module, run to its end with `order` on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        input=order,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ServerUnavailable(f"{module} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def execute(database: str, statements: Path, values: Mapping[str, object]) -> None:
    """Run a file of SQL."""
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements.read_text().split(";\n"):
            if statement.strip():
                connection.execute(statement, values)
