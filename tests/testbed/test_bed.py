"""A run of the tests tests what it says, and in CI all of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.db import connection

from tests.architecture.repository import ROOT

SKIPPED = "import pytest\ndef test_it() -> None: pytest.skip('no reason')\n"


def exit_code_of(source: str, folder: Path, **environment: str) -> int:
    (folder / "test_it.py").write_text(source)
    options = ["-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        capture_output=True,
        check=False,
    ).returncode


@pytest.mark.parametrize(("ci", "code"), [("true", pytest.ExitCode.TESTS_FAILED), ("", 0)])
def test_a_skipped_test_fails_the_run_in_ci_only(tmp_path: Path, ci: str, code: int) -> None:
    assert exit_code_of(SKIPPED, tmp_path, CI=ci) == code


def test_a_warning_fails_the_test_that_raised_it(tmp_path: Path) -> None:
    source = "import warnings\ndef test_it() -> None: warnings.warn('old', DeprecationWarning)\n"
    assert exit_code_of(source, tmp_path) == pytest.ExitCode.TESTS_FAILED


@pytest.mark.django_db
def test_the_database_is_the_one_that_the_run_names(database_kind: str) -> None:
    assert connection.vendor == database_kind


@pytest.mark.django_db
def test_sqlite_is_tested_on_a_file_with_the_options_of_production(database_kind: str) -> None:
    if database_kind != "sqlite":
        return
    with connection.cursor() as cursor:
        journal = cursor.execute("PRAGMA journal_mode").fetchone()
    assert Path(connection.settings_dict["NAME"]).is_file()
    assert journal == ("wal",)


def test_valkey_keeps_nothing_on_disk(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
