"""The pytest plugin that puts the database and the settings of a run in place.

It is loaded with `-p` because Django reads its settings before any conftest.py: everything that
the service takes from its environment is set here, once, in the process that was started, and
the workers of pytest-xdist inherit it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.servers.kept import ServerUnavailable
from tests.servers.postgres import Postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"

#: How often each fault strikes in a run of the whole suite.
KILLS = 3

#: Set in workers, and in the process that starts them once it has prepared the environment.
PREPARED = "KEYSERVICE_TESTS_PREPARED"

in_ci = bool(os.environ.get("CI"))


def missing(what: str) -> None:
    """Skip the running test for want of `what`, or fail it in CI, where nothing may be missing."""
    if in_ci:
        pytest.fail(f"{what} is missing", pytrace=False)
    pytest.skip(f"{what} is missing")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--database`, and how long `tests.faults` should take."""
    parser.addoption(
        "--database",
        choices=(SQLITE, POSTGRESQL),
        default=SQLITE,
        help="run on a file of SQLite, or on PostgreSQL, started from a package or, if it is set, "
        "the server of TEST_DATABASE_URL",
    )
    parser.addoption(
        "--kills",
        type=int,
        default=KILLS,
        help="how often each fault strikes; more than the default runs the long tests too",
    )
    parser.addoption("--soak-seconds", type=int, default=60, help="how long the soak lasts")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """Prepare the environment before pytest-django looks for the settings."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        threading.Thread(target=_die_with, args=[os.getppid()], daemon=True).start()
    options = parser.parse_known_args(args)
    if PREPARED not in os.environ and not (options.help or options.version):
        _prepare(early_config, options.database)
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: nobody reads the count there."""
    report = yield
    if in_ci and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


def _die_with(parent: int) -> None:
    # A worker whose parent was killed would end only after its test, and its servers after it.
    while os.getppid() == parent:
        threading.Event().wait(0.5)
    os._exit(1)


def _prepare(config: pytest.Config, database: str) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="ks-run-"))
    config.add_cleanup(lambda: shutil.rmtree(scratch, ignore_errors=True))
    if database == POSTGRESQL:
        url = os.environ.get("TEST_DATABASE_URL") or _start_postgres(config)
    else:
        url = f"sqlite:///{scratch}/unused.sqlite3"
    _forget_the_callers_settings()
    os.environ.update(
        {
            PREPARED: database,
            "DJANGO_SETTINGS_MODULE": "keyservice.settings",
            "DATABASE_URL": url,
            "KEYSERVICE_DATA_DIR": str(scratch),
            "KEYSERVICE_KEYS": secrets.token_urlsafe(32),
            # The first process that is started leaves compiled modules to the others.
            "PYTHONDONTWRITEBYTECODE": "",
            # Races are tried with more threads than a pool has connections.
            "KEYSERVICE_DB_POOL": "off",
        }
    )


def _start_postgres(config: pytest.Config) -> str:
    try:
        server = Postgres()
    except ServerUnavailable as error:
        raise pytest.UsageError(f"no PostgreSQL for the tests: {error}") from error
    config.add_cleanup(server.stop)
    return server.url()


def _forget_the_callers_settings() -> None:
    for name in [name for name in os.environ if name.startswith("KEYSERVICE_")]:
        del os.environ[name]
    os.environ.pop("REDIS_URL", None)
