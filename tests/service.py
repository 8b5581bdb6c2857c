"""The real service, in a process of its own, as an outsider meets it."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.servers.kept import Kept
from tests.servers.processes import children

REPOSITORY = Path(__file__).parent.parent
CALL_SECONDS = 30


class Service:
    """`keyservice up` on a free port, with its own data directory, ready when constructed.

    `environment` is added to the few variables that every instance gets; a null removes one.
    """

    def __init__(self, data: Path, environment: Mapping[str, str | None] | None = None) -> None:
        self.data = data
        self.url = f"http://127.0.0.1:{free_port()}"
        given = (environment or {}).get("KEYSERVICE_ROOT_KEY")
        self.root_key = given or f"root-{secrets.token_urlsafe(48)}"
        self.admin_password = secrets.token_urlsafe(16)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the machine has no business here
        own = {
            "KEYSERVICE_BIND": self.url.removeprefix("http://"),
            "KEYSERVICE_ROOT_KEY": self.root_key,
            "KEYSERVICE_ADMIN_PASSWORD": self.admin_password,
        }
        self.environment = settings_for(data, {**own, **(environment or {})})
        self._process = Kept(
            [sys.executable, "-m", "keyservice", "up"],
            log=data / "service.log",
            environment=self.environment,
            directory=REPOSITORY,
        )
        self._process.wait_until(self.is_ready)

    def call(
        self, method: str, path: str, *, key: str | None = None, **options: Any
    ) -> requests.Response:
        """One HTTP request, as the root key, or with `key`; an empty `key` sends none."""
        credential = self.root_key if key is None else key
        headers = dict(options.pop("headers", None) or {})
        if credential:
            headers.setdefault("Authorization", f"Bearer {credential}")
        options.setdefault("timeout", CALL_SECONDS)
        options.setdefault("allow_redirects", False)
        return self._session.request(method, self.url + path, headers=headers, **options)

    def is_ready(self) -> bool:
        """Whether `/readyz` says that everything the service needs is there."""
        try:
            return self._session.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    @property
    def pid(self) -> int:
        """The process below which all processes of the service live."""
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The processes that answer requests; a killed one is replaced by another."""
        return children(self._process.server_pid)

    def log_text(self) -> str:
        """Everything that the service has printed or logged so far."""
        return self._process.log_text()

    def stop(self) -> int:
        """SIGTERM and wait; the exit code."""
        self._session.close()
        return self._process.stop()


def settings_for(data: Path, changes: Mapping[str, str | None]) -> dict[str, str]:
    """The environment of this process, with the service's settings replaced; a null removes one."""
    unset = ("KEYSERVICE_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    wanted = {**kept, "KEYSERVICE_DATA_DIR": str(data), **changes}
    return {name: value for name, value in wanted.items() if value is not None}


def free_port() -> int:
    """A TCP port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
