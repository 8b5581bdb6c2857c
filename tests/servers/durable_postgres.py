"""PostgreSQL that keeps what it has committed, and can be killed and frozen."""

from __future__ import annotations

import shutil
import signal
from urllib.parse import quote

import psycopg

from tests.servers.kept import Kept, copy_for_server_user, new_scratch, server_user
from tests.servers.postgres import SUPERUSER, command_options, initialise, installation
from tests.servers.processes import descendants, kill, send

OPTIONS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class DurablePostgres:
    """A PostgreSQL with the durability of production, from start to `stop`, on a Unix socket."""

    def __init__(self) -> None:
        self._scratch = new_scratch()
        binaries = copy_for_server_user(installation(), self._scratch) / "bin"
        data = self._scratch / "data"
        initialise(binaries, data)
        self._command = [
            *(str(binaries / "postgres"), "-D", str(data), "-k", str(self._scratch)),
            *command_options(OPTIONS),
        ]
        self._server = self._start()

    def url(self, database: str = "postgres") -> str:
        """URL of one database, as libpq and Django's readers of `DATABASE_URL` take it."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._scratch), safe='/')}"

    def kill(self) -> None:
        """SIGKILL to all of its processes."""
        kill(self._family())
        self._server.wait_for_end()

    def restart(self) -> None:
        """Start again on the same data, after `kill`; returns when it has recovered."""
        self._server = self._start()

    def freeze(self) -> None:
        """SIGSTOP to all of its processes: connections stay open, and nothing is answered."""
        send([self._server.server_pid], signal.SIGSTOP)  # first, so that no new ones are born
        send(self._family(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        send(self._family(), signal.SIGCONT)

    def stop(self) -> None:
        """Stop the server and remove its files."""
        if self._server.running:
            self.thaw()
        self._server.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _family(self) -> list[int]:
        server = self._server.server_pid
        return [server, *descendants(server)]

    def _start(self) -> Kept:
        server = Kept(
            self._command,
            log=self._scratch / "log",
            user=server_user(),
            scratch=self._scratch,
            restarts=True,
            stop_signal="SIGQUIT",  # at once: nobody wants the data any more
        )
        server.wait_until(self._answers)
        return server

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True
