"""`keyservice up` as an operator meets it: the first start, the second, and the end."""

from __future__ import annotations

import json
import os
import re
import resource
import secrets
import socket
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from keyservice.data_directory import STATIC_NAME
from tests import bed
from tests.keyservice.starting import Started
from tests.prepared import Prepared
from tests.servers.postgres import create_database, drop_database

Start = Callable[..., Started]

# Of processor time, which a busy machine stretches less than that of the clock.
SECOND_START_SECONDS_MAX = 3


@pytest.fixture
def database(database_kind: str, tmp_path: Path) -> Generator[dict[str, str], None, None]:
    """The variables that name an empty database: none on SQLite, as `make run` has it."""
    if database_kind == bed.SQLITE:
        yield {}
        return
    server, name = os.environ["DATABASE_URL"], f"start_{secrets.token_hex(6)}"
    url = create_database(server, name)
    yield {"DATABASE_URL": url, "KEYSERVICE_KEYS": secrets.token_urlsafe(32)}
    drop_database(server, name)


@pytest.fixture
def start_from_nothing(database: dict[str, str], tmp_path: Path) -> Generator[Start, None, None]:
    """Start the service again and again, at first where there is nothing."""
    started: list[Started] = []

    def start_one(**variables: str) -> Started:
        directory = tmp_path / f"start-{len(started)}"
        directory.mkdir()
        data = {"KEYSERVICE_DATA_DIR": str(tmp_path / "var")}
        started.append(Started(directory, **{**data, **database, **variables}))
        return started[-1]

    yield start_one
    for service in started:
        service.stop()


@pytest.fixture
def start(start_from_nothing: Start, prepared: Prepared, tmp_path: Path) -> Start:
    """The same, where all is there before the first start but the welcome.

    On PostgreSQL only the static files are.
    """
    prepared.copy_into(tmp_path / "var")
    return start_from_nothing


def test_the_first_start_shows_its_secrets_once_and_later_ones_are_quick_and_show_none(
    start_from_nothing: Start, tmp_path: Path
) -> None:
    first = start_from_nothing(KEYSERVICE_LOG_LEVEL="DEBUG")
    shown = re.findall(r"admin password +(\S+)|root key +(\S+)", first.output)
    made = [password or root_key for password, root_key in shown]
    first_exit = first.stop()
    before = _seconds_of_ended_processes()
    second = start_from_nothing()
    second_status = second.status("/readyz")
    second.stop()

    assert _seconds_of_ended_processes() - before <= SECOND_START_SECONDS_MAX
    assert len(made) == 2
    assert f"http://127.0.0.1:{first.port}" in first.output
    assert first_exit == 0
    assert all(json.loads(line) for line in first.log.splitlines())
    assert (tmp_path / "var" / STATIC_NAME / "staticfiles.json").is_file()
    assert second_status == 200
    assert second.output == f"keyservice serves http://127.0.0.1:{second.port}\n"
    for secret in made:
        assert first.output.count(secret) == 1
        assert secret not in first.log + second.log


def test_no_start_repeats_what_the_operator_chose(start: Start) -> None:
    root_key, password = secrets.token_urlsafe(40), secrets.token_urlsafe(16)
    chosen = {"KEYSERVICE_ROOT_KEY": root_key, "KEYSERVICE_ADMIN_PASSWORD": password}

    first = start(**chosen)
    first.stop()
    second = start(**chosen)
    second.stop()

    assert "as chosen in the environment" in first.output
    for secret in (root_key, password):
        assert secret not in first.output + first.log + second.output + second.log


def test_what_it_serves_is_complete_and_every_line_of_its_log_is_one_json_object(
    start: Start,
) -> None:
    service = start(KEYSERVICE_LOG_LEVEL="DEBUG")
    statuses = [
        service.status(path)
        for path in ("/readyz", "/", "/admin/login/", "/static/missing.css", "/missing")
    ]
    service.stop()

    lines = [json.loads(line) for line in service.log.splitlines()]

    assert statuses == [200, 200, 200, 404, 404]
    assert lines
    assert all({"at", "level", "logger", "message"} <= line.keys() for line in lines)


def test_a_request_that_has_begun_is_answered_after_sigterm(start: Start) -> None:
    service = start()
    body = b"username=admin&password=x"
    head = (
        b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )

    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(head + body[:5])
        time.sleep(0.5)  # so that the worker waits for the rest of the body
        service.terminate()
        time.sleep(0.5)
        connection.sendall(body[5:])
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert service.stop() == 0


def test_ctrl_c_in_a_terminal_ends_it_without_a_kill(start: Start) -> None:
    service = start()
    time.sleep(0.5)  # so that the worker handles signals itself

    service.interrupt()

    assert service.stop() == 0
    assert "Killing" not in service.log


def _seconds_of_ended_processes() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
