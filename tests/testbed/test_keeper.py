"""The servers of the tests outlive nobody, however their owner ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.servers import kept
from tests.servers.kept import Kept, ServerUnavailable, copy_for_server_user
from tests.servers.postgres import Postgres
from tests.servers.processes import lives

OWNER = """
import signal, sys, time
from pathlib import Path
from tests.servers.kept import Kept
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
scratch = Path(sys.argv[1])
Kept([sys.executable, "-c", sys.argv[2]], log=scratch / "log", scratch=scratch)
time.sleep(60)
"""

SERVER = """
import os, subprocess, sys, time
child = subprocess.Popen(["sleep", "60"])
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""


def wait_for(is_true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_server_and_its_children_end_with_the_process_that_wanted_it(
    tmp_path: Path, end: signal.Signals
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    log = scratch / "log"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(scratch), SERVER], env=os.environ)
    wait_for(lambda: log.exists() and log.read_text().endswith("\n"))
    pids = [int(word) for word in log.read_text().split()]
    assert all(lives(pid) for pid in pids)

    owner.send_signal(end)
    owner.wait()

    wait_for(lambda: not any(lives(pid) for pid in pids))
    wait_for(lambda: not scratch.exists())


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    server = Kept([sys.executable, "-c", "exit('no such thing')"], log=tmp_path / "log")
    with pytest.raises(ServerUnavailable, match="no such thing"):
        server.wait_until(lambda: False)


def test_stopping_twice_is_no_error(tmp_path: Path) -> None:
    server = Kept(["sleep", "60"], log=tmp_path / "log")
    assert server.stop() == server.stop()


def test_binaries_that_the_server_user_cannot_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    tree = closed / "tree"
    tree.mkdir(parents=True)
    (tree / "server").write_text("binary")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    closed.chmod(0o700)
    monkeypatch.setattr(kept, "server_user", lambda: kept.NOBODY)

    copy = copy_for_server_user(tree, scratch)

    assert copy == scratch / "tree"
    assert (copy / "server").read_text() == "binary"


def test_postgresql_listens_on_no_tcp_port() -> None:
    server = Postgres()
    try:
        with psycopg.connect(server.url()) as connection:
            shown = connection.execute("SHOW listen_addresses").fetchone()
    finally:
        server.stop()
    assert shown == ("",)
