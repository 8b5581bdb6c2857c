"""Valkey that writes what it knows to a file, and can be killed, frozen and robbed of its tail."""

from __future__ import annotations

import re
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import redis

from tests.servers.kept import Kept, new_scratch, server_user
from tests.servers.processes import kill, send
from tests.servers.valkey import binary_in

WAIT_SECONDS = 20
_MARK = re.compile(rb"^#TS:(\d+)\r\n", re.MULTILINE)


class DurableValkey:
    """A Valkey with an append-only file, synchronised every second, from start to `stop`.

    It listens on a Unix socket that stays the same through restarts, or on what `options` say.
    """

    def __init__(self, url: str = "", options: Sequence[str] = ()) -> None:
        self._scratch = new_scratch()
        socket = self._scratch / "valkey.sock"
        self.url = url or f"unix://{socket}?db=0"
        listen = () if url else ("--port", "0", "--unixsocket", str(socket))
        self._command = [
            *(str(binary_in(self._scratch)), *listen, *options),
            *("--unixsocketperm", "777", "--dir", str(self._scratch), "--save", ""),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--aof-load-truncated", "yes"),
            # One file grows from start to end, with a mark for each second in it.
            *("--auto-aof-rewrite-percentage", "0", "--aof-timestamp-enabled", "yes"),
        ]
        self._server = self._start()

    def client(self) -> Any:
        """A new connection, for the caller to close. Untyped: redis-py's answers are unions."""
        return redis.Redis.from_url(self.url, socket_timeout=WAIT_SECONDS)

    def kill(self) -> None:
        """SIGKILL, at a moment when everything that was answered had been written.

        While the file is being synchronised Valkey may answer first and write later, by up to
        2 s when the disk is busy: a test of that would be a test of the disk. So no more is written
        until that is over; what was sent meanwhile is never answered.
        """
        with self.client() as client:
            client.client_pause(1000 * WAIT_SECONDS, all=False)
            wait_until(lambda: _is_written(client))
            kill([self._server.server_pid])
        self._server.wait_for_end()

    def restart(self) -> None:
        """Start again on the same data, after `kill`."""
        self._server = self._start()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, and nothing is answered."""
        send([self._server.server_pid], signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        send([self._server.server_pid], signal.SIGCONT)

    def flush(self) -> None:
        """FLUSHALL."""
        with self.client() as client:
            client.flushall()

    def cut_bytes(self, count: int) -> int:
        """While it is down, remove the last bytes of its file; how many were removed."""
        file = self._file()
        size = file.stat().st_size
        _shorten(file, max(0, size - count))
        return size - file.stat().st_size

    def cut_seconds(self, seconds: int) -> int:
        """While it is down, remove what was written in the last seconds; how many bytes that was.

        They are counted back from the last write, and the one that they end in goes whole.
        """
        content = self._file().read_bytes()
        marks = [(int(mark[1]), mark.start()) for mark in _MARK.finditer(content)]
        last = marks[-1][0] if marks else 0
        kept = next((start for at, start in marks if at >= last - seconds), len(content))
        return self.cut_bytes(len(content) - kept)

    def log_text(self) -> str:
        """Everything that it has logged, over all its lives."""
        return self._server.log_text()

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._server.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _file(self) -> Path:
        files = self._scratch.glob("appendonlydir/*.incr.aof")
        return max(files, key=lambda file: int(file.name.split(".")[-3]))

    def _start(self) -> Kept:
        server = Kept(
            self._command,
            log=self._scratch / "log",
            user=server_user(),
            scratch=self._scratch,
            restarts=True,
        )
        server.wait_until(self._answers)
        return server

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, FileNotFoundError):  # also while it reads its file
                return False


def _is_written(client: Any) -> bool:
    told = client.info("persistence")
    return not (told["aof_pending_bio_fsync"] or told["aof_buffer_length"])


def _shorten(file: Path, size: int) -> None:
    with file.open("r+b") as content:
        content.truncate(size)


def wait_until(is_true: Callable[[], object]) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.001)
