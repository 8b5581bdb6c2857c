"""Keep one server alive exactly as long as the process that asked for it.

Run as a script, with one argument, a JSON object: `command`; `log`, the file for both of its
output streams; `user`, the uid to run as, or null; `stop_signal`, a signal's name; `scratch`, a
directory to remove at the end, or null; `restarts`, whether a server that ended by itself leaves
that directory to the next one. Standard input is the life line: once its last writer is gone,
however it died, the server is stopped. Standard library only, for a start without site.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from typing import Any

STOP_SECONDS = 15
POLL_SECONDS = 0.2


def keep(order: dict[str, Any]) -> int:
    """Run the ordered command until it ends or the life line is cut; its exit code."""
    _survive_what_stops_the_parent()
    server = _start(order)
    was_cut = False
    try:
        was_cut = _wait_for_either_end(server)
        _stop(server, signal.Signals[order["stop_signal"]])
    finally:
        if order["scratch"] and (was_cut or not order["restarts"]):
            shutil.rmtree(order["scratch"], ignore_errors=True)
    return server.returncode


def _survive_what_stops_the_parent() -> None:
    # Handlers that do nothing, and not SIG_IGN: an ignored signal would stay ignored in the
    # server, which then could not be stopped by it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)


def _start(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    identity: dict[str, Any] = {}
    if order["user"] is not None:
        identity = {"user": order["user"], "group": order["user"], "extra_groups": []}
    with open(order["log"], "ab") as log:
        return subprocess.Popen(
            order["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **identity,
        )


def _wait_for_either_end(server: subprocess.Popen[bytes]) -> bool:
    """Whether it was the life line that ended, and not the server."""
    while server.poll() is None:
        readable, _, _ = select.select([sys.stdin], [], [], POLL_SECONDS)
        if readable and not os.read(sys.stdin.fileno(), 1):
            return True
    return False


def _stop(server: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    if server.poll() is None:
        server.send_signal(stop_signal)
        # A test may have frozen it, and then it would not hear.
        server.send_signal(signal.SIGCONT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOP_SECONDS)
    # Whatever the server left behind in its group goes too; usually there is nothing.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


if __name__ == "__main__":
    sys.exit(keep(json.loads(sys.argv[1])))
