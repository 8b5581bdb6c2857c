"""A server process that cannot outlive this one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers.processes import children

KEEPER = Path(__file__).with_name("keeper.py")
NOBODY = 65534
READY_SECONDS = 60


class ServerUnavailable(Exception):
    """A server did not start; the message ends with the tail of its log."""


def server_user() -> int | None:
    """The uid that servers which refuse to run as root get; null when we are not root."""
    return NOBODY if os.geteuid() == 0 else None


def new_scratch() -> Path:
    """A directory for one server, owned by its user. Short: a socket's path ends at 107 bytes."""
    scratch = Path(tempfile.mkdtemp(prefix="ks-"))
    give_to_server_user(scratch)
    return scratch


def give_to_server_user(path: Path) -> None:
    """Make the server's user the owner of `path`."""
    user = server_user()
    if user is not None:
        os.chown(path, user, user)


def reachable_by_server_user(path: Path) -> bool:
    """Whether a user with no rights of its own can enter every directory down to `path`."""
    if server_user() is None:
        return True
    return all(parent.stat().st_mode & 0o001 for parent in [path, *path.parents])


class Kept:
    """One server under its keeper, from the constructor until `stop`, or the end of this process.

    The scratch directory, when given, goes with the server; with `restarts` it stays when the
    server ends by itself, killed for instance, so that another one can start on it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        user: int | None = None,
        scratch: Path | None = None,
        restarts: bool = False,
        stop_signal: str = "SIGTERM",
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        self.log = log
        order = {
            "command": [str(word) for word in command],
            "log": str(log),
            "user": user,
            "stop_signal": stop_signal,
            "scratch": str(scratch) if scratch else None,
            "restarts": restarts,
        }
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(KEEPER), json.dumps(order)],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env=environment,
            cwd=directory,
        )

    @property
    def pid(self) -> int:
        """The keeper's process id: the server is its child."""
        return self._keeper.pid

    @property
    def server_pid(self) -> int:
        """The server's own process id; of one that was killed and restarts, once it does."""
        deadline = time.monotonic() + READY_SECONDS
        while not (found := children(self.pid)) and time.monotonic() < deadline:
            time.sleep(0.02)
        [server] = found
        return server

    @property
    def running(self) -> bool:
        """Whether the server and its keeper live."""
        return self._keeper.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float = READY_SECONDS) -> None:
        """Return once `is_ready` does say so; `ServerUnavailable` when it never will."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if not self.running or time.monotonic() > deadline:
                tail = self.log_text()[-2000:]
                self.stop()
                raise ServerUnavailable(f"the server did not become ready:\n{tail}")
            time.sleep(0.02)

    def log_text(self) -> str:
        """Everything that the server has written to either of its output streams."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for_end(self) -> int:
        """Wait until the server has ended by itself, and was seen to; its exit code."""
        self._keeper.wait(READY_SECONDS)
        return self.stop()

    def stop(self) -> int:
        """Cut the life line and wait; the server's exit code."""
        if self._keeper.stdin and not self._keeper.stdin.closed:
            self._keeper.stdin.close()
        return self._keeper.wait()


def copy_for_server_user(tree: Path, scratch: Path) -> Path:
    """`tree` itself if the server's user can reach it, else a copy of it in `scratch`."""
    if reachable_by_server_user(tree):
        return tree
    return Path(shutil.copytree(tree, scratch / tree.name, symlinks=True))
