"""A foreign project with only `apikeys` in INSTALLED_APPS, in processes of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests import bed
from tests.servers.postgres import create_database, drop_database
from tests.service import REPOSITORY

PROJECT = Path(__file__).parent / "project"
Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def database_url(
    database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[str, None, None]:
    """A database of the shop's own, of the kind under test."""
    if database_kind == bed.SQLITE:
        yield f"sqlite://{tmp_path_factory.mktemp('shop') / 'shop.sqlite3'}"
        return
    name = f"shop_{secrets.token_hex(6)}"
    yield create_database(os.environ["DATABASE_URL"], name)
    drop_database(os.environ["DATABASE_URL"], name)


@pytest.fixture(scope="module")
def manage(database_url: str) -> Manage:
    """`manage("check")` runs a command of the shop, whose database is migrated."""

    def run(*words: str, code: str = "") -> subprocess.CompletedProcess[str]:
        asked = [PROJECT / "manage.py", *words] if not code else ["-c", code]
        return subprocess.run(
            [sys.executable, *asked],
            cwd=PROJECT,
            env={
                "PATH": os.environ["PATH"],
                # As after an install of the wheel: the packages, and no settings of the service.
                "PYTHONPATH": os.pathsep.join([str(PROJECT), str(REPOSITORY)]),
                "SHOP_DATABASE_URL": database_url,
                "DJANGO_SETTINGS_MODULE": "shop.settings",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    migrated = run("migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    return run


def test_no_migration_is_missing(manage: Manage) -> None:
    done = manage("makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout


def test_the_only_thing_to_say_is_where_the_keys_come_from(manage: Manage) -> None:
    done = manage("check", "--database", "default")
    assert done.returncode == 0, done.stderr
    assert "apikeys.W001" in done.stderr
    assert "1 issue" in done.stderr


def test_its_own_tests_pass_under_djangos_runner(manage: Manage) -> None:
    done = manage("test", "--noinput", "shop")
    assert done.returncode == 0, done.stderr
    assert "Ran 7 tests" in done.stderr
    assert "W002" not in done.stderr


def test_a_command_prints_a_secret_that_another_process_verifies(manage: Manage) -> None:
    created = manage("apikeys_create", "from the shell", "--scope", "words:read")
    assert created.returncode == 0, created.stderr
    code = (
        "import django, sys; django.setup();"
        "from apikeys.operations import Presentation, Secret, verify;"
        f"print(verify(Presentation(Secret({created.stdout.strip()!r}))).outcome);"
        "print({'clients', 'keyservice', 'drf_spectacular'} & set(sys.modules))"
    )
    assert manage(code=code).stdout.splitlines() == ["valid", "set()"]


def test_its_audit_trail_is_guarded_and_whole(manage: Manage) -> None:
    manage("apikeys_create", "one more")
    assert manage("audit_verify").returncode == 0
    code = (
        "import django; django.setup();"
        "from apikeys.models import AuditEvent;"
        "AuditEvent.objects.update(reason='x')"
    )
    assert "append-only" in manage(code=code).stderr


def test_an_unknown_setting_stops_it_with_one_clear_line(manage: Manage) -> None:
    code = (
        "from django.conf import settings;"
        "settings.APIKEYS = {'DEFAULT_PREFX': 'sh'};"
        "import django; django.setup();"
        "from django.core.management import execute_from_command_line as run;"
        "run(['manage.py', 'check'])"
    )
    done = manage(code=code)
    assert done.returncode == 1
    assert "Did you mean DEFAULT_PREFIX?" in done.stderr
    assert "Traceback" not in done.stderr
