"""What stops a start: one clear line on standard error, nothing else, and an exit code."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from keyservice.data_directory import KEYS_NAME
from tests.keyservice.starting import Started, run
from tests.prepared import Prepared
from tests.service import free_port

KEYS = secrets.token_urlsafe(32)


def refusal(result: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refused start."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("keyservice: ")
    return result.stderr.removeprefix("keyservice: ").rstrip("\n")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://user:pw-canary@127.0.0.1:1/keys"),
        ("DATABASE_URL", "sqlite:////missing/directory/keys.sqlite3"),
        ("REDIS_URL", "redis://:pw-canary@127.0.0.1:1/0"),
        ("KEYSERVICE_ROOT_KEY", "pw-canary"),
        ("KEYSERVICE_WORKERS", "2"),
        ("KEYSERVICE_KEYS", "pw-canary"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    variables = {"KEYSERVICE_DATA_DIR": str(tmp_path), "KEYSERVICE_KEYS": KEYS, name: value}

    line = refusal(run("up", **variables))

    assert line.startswith(f"{name}: ")
    assert "pw-canary" not in line


def test_keys_are_not_made_up_for_a_database_of_ones_own(tmp_path: Path) -> None:
    line = refusal(
        run("up", KEYSERVICE_DATA_DIR=str(tmp_path), DATABASE_URL=f"sqlite:///{tmp_path}/x.sqlite3")
    )

    assert line.startswith("KEYSERVICE_KEYS: is required")


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        line = refusal(
            run("up", KEYSERVICE_DATA_DIR=str(tmp_path / "var"), KEYSERVICE_BIND=address)
        )

    assert line.startswith(f"KEYSERVICE_BIND: cannot listen on {address}: ")


def test_a_data_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    # Root may read and write everything but what the kernel shows.
    directory = str(closed / "var") if os.geteuid() else "/proc/self"

    line = refusal(run("up", KEYSERVICE_DATA_DIR=directory))

    assert line.startswith("KEYSERVICE_DATA_DIR: ")
    assert directory in line


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    assert refusal(run("up", KEYSERVICE_DATA_DIR=str(file))).startswith("KEYSERVICE_DATA_DIR: ")


@pytest.fixture(scope="module")
def used(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a service on SQLite that was started before."""
    directory = tmp_path_factory.mktemp("used")
    prepared.copy_into(directory / "var")
    (directory / "var" / KEYS_NAME).unlink(missing_ok=True)
    variables = {"KEYSERVICE_DATA_DIR": str(directory / "var"), "KEYSERVICE_KEYS": KEYS}
    Started(directory, **variables).stop()
    return variables


def test_another_root_key_is_refused(used: dict[str, str]) -> None:
    other = secrets.token_urlsafe(40)

    line = refusal(run("up", **used, KEYSERVICE_ROOT_KEY=other))

    assert line.startswith("KEYSERVICE_ROOT_KEY: ")
    assert other not in line


def test_other_keys_are_refused(used: dict[str, str]) -> None:
    other = secrets.token_urlsafe(32)

    line = refusal(run("up", **{**used, "KEYSERVICE_KEYS": other}))

    assert line.startswith("KEYSERVICE_KEYS: ")
    assert other not in line


def test_a_new_key_in_front_of_the_old_one_is_fine(used: dict[str, str], tmp_path: Path) -> None:
    # A copy, because from now on the database asks for the new key too.
    data = shutil.copytree(used["KEYSERVICE_DATA_DIR"], tmp_path / "var")
    ring = f"{secrets.token_urlsafe(32)},{KEYS}"

    service = Started(tmp_path, KEYSERVICE_DATA_DIR=str(data), KEYSERVICE_KEYS=ring)

    assert service.status("/readyz") == 200
    assert service.stop() == 0


def test_a_second_process_on_the_same_data_is_refused(used: dict[str, str], tmp_path: Path) -> None:
    first = Started(tmp_path, **used)

    line = refusal(run("up", **used, KEYSERVICE_BIND=f"127.0.0.1:{free_port()}"))
    first.stop()

    assert line.startswith("KEYSERVICE_DATA_DIR: another process serves from ")


def test_a_management_command_says_it_in_one_line_too(tmp_path: Path) -> None:
    line = refusal(run("check", KEYSERVICE_DATA_DIR=str(tmp_path), KEYSERVICE_WORKERS="many"))

    assert line.startswith("KEYSERVICE_WORKERS: ")


@pytest.mark.parametrize("words", [["check"], ["manage", "check"]])
def test_management_commands_are_passed_on(tmp_path: Path, words: list[str]) -> None:
    result = run(*words, KEYSERVICE_DATA_DIR=str(tmp_path))

    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


@pytest.mark.parametrize("words", [[], ["up", "--now"]])
def test_other_words_get_the_usage(words: list[str]) -> None:
    result = run(*words)

    assert result.returncode == 2
    assert result.stderr.startswith("usage: keyservice up")
