"""Variables given as files, and the files of the data directory."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

import pytest

from apikeys.domain.keyrings import parse_ring
from keyservice import data_directory
from keyservice.environment import read_environment
from keyservice.variables import BadSetting

KEYS = secrets.token_urlsafe(32)
FROM_FILES = {
    "KEYSERVICE_BIND": "127.0.0.1:9000",
    "DATABASE_URL": "postgresql://user@host/name",
    "REDIS_URL": "redis://host",
    "KEYSERVICE_PUBLIC_URL": "https://keys.example.com",
    "KEYSERVICE_ROOT_KEY": "r" * 40,
    "KEYSERVICE_ADMIN_PASSWORD": "$not-a-reference, but a password",
    "KEYSERVICE_WORKERS": "3",
    "KEYSERVICE_TRUSTED_PROXIES": "10.0.0.0/8",
    "KEYSERVICE_KEYS": KEYS,
}


def test_every_variable_may_be_a_file(tmp_path: Path) -> None:
    variables = {"KEYSERVICE_DATA_DIR_FILE": _write(tmp_path, "dir", f"{tmp_path}/var\n")}
    for name, value in FROM_FILES.items():
        variables[f"{name}_FILE"] = _write(tmp_path, name, f"{value}\n")

    environment = read_environment(variables)

    assert str(environment.bind) == "127.0.0.1:9000"
    assert environment.data_dir == tmp_path / "var"
    assert environment.database["HOST"] == "host"
    assert environment.public_urls == ("https://keys.example.com",)
    assert environment.root_key is not None
    assert environment.root_key.reveal() == "r" * 40
    assert environment.admin_password is not None
    assert environment.admin_password.reveal() == FROM_FILES["KEYSERVICE_ADMIN_PASSWORD"]
    assert environment.workers == 3
    assert environment.trusted_proxies == ("10.0.0.0/8",)
    assert environment.keys.reveal() == KEYS


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"\AKEYSERVICE_KEYS_FILE: the file cannot be read: "):
        read_environment({"KEYSERVICE_KEYS_FILE": str(tmp_path / "missing")})


def test_a_file_of_other_bytes_than_text_is_refused_without_quoting_it(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_bytes(b"pw-canary\xff")

    with pytest.raises(BadSetting, match="not UTF-8") as refusal:
        read_environment({"KEYSERVICE_KEYS_FILE": str(file)})

    assert refusal.value.__cause__ is None


def test_a_value_and_a_file_at_once_are_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, "workers", "1")

    with pytest.raises(BadSetting, match="not both"):
        read_environment({"KEYSERVICE_WORKERS": "1", "KEYSERVICE_WORKERS_FILE": file})


def test_the_first_start_makes_a_key_ring_for_its_owner_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "var"

    first = read_environment({"KEYSERVICE_DATA_DIR": str(data_dir)})
    second = read_environment({"KEYSERVICE_DATA_DIR": str(data_dir)})

    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "keys").stat().st_mode) == 0o600
    assert first.keys == second.keys
    assert len(parse_ring(first.keys.reveal()).entries) == 1


def test_given_keys_are_not_written_to_the_disk(tmp_path: Path) -> None:
    read_environment({"KEYSERVICE_DATA_DIR": str(tmp_path), "KEYSERVICE_KEYS": KEYS})

    assert not (tmp_path / "keys").exists()


def test_lost_keys_are_not_replaced_by_new_ones(tmp_path: Path) -> None:
    (tmp_path / "keyservice.sqlite3").touch()

    with pytest.raises(BadSetting, match="restore it from a backup"):
        read_environment({"KEYSERVICE_DATA_DIR": str(tmp_path)})

    assert not (tmp_path / "keys").exists()


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(KEYS)
    file.chmod(0o640)

    with pytest.raises(BadSetting, match="chmod 600"):
        read_environment({"KEYSERVICE_DATA_DIR": str(tmp_path)})


def test_broken_keys_in_the_data_directory_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("pw-canary")
    file.chmod(0o600)

    with pytest.raises(BadSetting, match=r"\AKEYSERVICE_DATA_DIR: ") as refusal:
        read_environment({"KEYSERVICE_DATA_DIR": str(tmp_path)})

    assert "pw-canary" not in str(refusal.value)


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "var"
    file.touch()

    with pytest.raises(BadSetting, match=r"\AKEYSERVICE_DATA_DIR: .* is not a directory"):
        read_environment({"KEYSERVICE_DATA_DIR": str(file)})


def test_a_data_directory_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BadSetting, match=r"\AKEYSERVICE_DATA_DIR: .* cannot be used"):
        read_environment({"KEYSERVICE_DATA_DIR": str(tmp_path / "file" / "var")})


def test_a_directory_serves_one_process_at_a_time(tmp_path: Path) -> None:
    held = data_directory.claim(tmp_path)

    with pytest.raises(BadSetting, match="another process serves"):
        data_directory.claim(tmp_path)

    os.close(held)
    os.close(data_directory.claim(tmp_path))


def _write(directory: Path, name: str, text: str) -> str:
    file = directory / f"{name}.txt"
    file.write_text(text)
    return str(file)
