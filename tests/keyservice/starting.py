"""`keyservice up` in a process of its own, with what it prints and how it ends."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.service import REPOSITORY, free_port

WAIT_SECONDS = 60
COMMAND = [sys.executable, "-m", "keyservice"]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process without any setting of the service, and the given ones."""
    unset = ("KEYSERVICE_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    return {**kept, **variables}


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*COMMAND, *words],
        env=environment({"KEYSERVICE_BIND": f"127.0.0.1:{free_port()}", **variables}),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )


class Started:
    """A service that was started and answers `/livez`."""

    def __init__(self, directory: Path, **variables: str) -> None:
        self.port = free_port()
        self._out, self._err = directory / "out", directory / "err"
        with self._out.open("w") as out, self._err.open("w") as err:
            self._process = subprocess.Popen(
                [*COMMAND, "up"],
                env=environment({"KEYSERVICE_BIND": f"127.0.0.1:{self.port}", **variables}),
                cwd=REPOSITORY,
                stdout=out,
                stderr=err,
                process_group=0,
            )
        self._terminated = False
        self._wait_until_alive()

    @property
    def output(self) -> str:
        """What it has printed on standard output."""
        return self._out.read_text()

    @property
    def log(self) -> str:
        """What it has written to standard error."""
        return self._err.read_text()

    def status(self, path: str) -> int:
        """The status of a GET."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def terminate(self) -> None:
        """Send SIGTERM, once: a second one may meet a process that no longer handles it."""
        if not self._terminated:
            self._terminated = True
            self._process.terminate()

    def interrupt(self) -> None:
        """Send what Ctrl-C in a terminal does: SIGINT, to every process of the group."""
        self._terminated = True
        os.killpg(self._process.pid, signal.SIGINT)

    def stop(self) -> int:
        """Send SIGTERM if that was not done, and wait; the exit code."""
        self.terminate()
        return self._process.wait(WAIT_SECONDS)

    def _wait_until_alive(self) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                assert self.status("/livez") == 200
                return
            except OSError:
                assert self._process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                time.sleep(0.02)
