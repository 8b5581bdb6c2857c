"""better-auth's plugin for API keys, under node."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contender import Contender, Missing, no_less_than, over_http
from benchmarks.contenders.peers import PEERS, drawn, mark
from benchmarks.load import Target, answers
from benchmarks.stage import Stage, execute, started
from benchmarks.wire import Expectation, json_post
from tests.service import REPOSITORY, free_port

SOURCE = PEERS / "better_auth"
INSTALLED = REPOSITORY / ".cache" / "better_auth"
WARM = 18_000  # before that V8 has not compiled all of it
WARM_SECONDS = 600  # enough for all of them, on any machine
INSTALL_SECONDS = 180


@contextmanager
def better_auth(stage: Stage) -> Iterator[list[Contender]]:
    """Its `verifyApiKey` with a rate limit, on PostgreSQL, behind node's own HTTP server."""
    node = _installed()
    environment = {
        "DATABASE_URL": stage.database("better_auth"),
        "PORT": str(free_port()),
        "NODE_ENV": "production",
    }
    _run([node, "migrate.mjs"], environment)
    execute(environment["DATABASE_URL"], SOURCE / "seed.sql", {"count": stage.options.keys})
    bodies = [f'{{"key":"ba_{mark(number)}"}}'.encode() for number in drawn(stage)]
    requests = [json_post("/", body) for body in bodies]
    log = stage.scratch / "better_auth.log"
    with started([node, str(INSTALLED / "server.mjs")], log, environment) as kept:
        target = Target(int(environment["PORT"]), kept.pid, Expectation(200, b'"valid":true'))
        kept.wait_until(lambda: answers(target, requests[0]))
        aims = [no_less_than(10, "lane")]
        name = "better-auth, rate limit, PostgreSQL"
        yield [
            over_http(
                "better_auth",
                name,
                target,
                requests,
                aims=aims,
                warm=WARM,
                warm_seconds=WARM_SECONDS,
            )
        ]


def _installed() -> str:
    """Where node is; the packages of the lock are installed when there is a way."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Missing("node or npm is not installed")
    lock = "package-lock.json"
    stamp = INSTALLED / "node_modules" / ".package-lock.json"
    is_fresh = stamp.exists() and _same(SOURCE / lock, INSTALLED / lock)
    shutil.copytree(SOURCE, INSTALLED, dirs_exist_ok=True)
    if not is_fresh:
        try:
            _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {})
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            (INSTALLED / lock).unlink()
            raise Missing("npm could not install the packages") from error
    return node


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    subprocess.run(
        command,
        cwd=INSTALLED,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        timeout=INSTALL_SECONDS,
    )
