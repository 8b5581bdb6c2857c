"""Fixtures for every test: the database under test, Valkey, the running service, a browser.

`tests.bed` has already chosen the database when this file is read.
"""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from hypothesis import settings as hypothesis_settings

from tests import bed
from tests.prepared import Prepared
from tests.servers.kept import ServerUnavailable
from tests.servers.postgres import create_database, drop_database
from tests.servers.valkey import Valkey
from tests.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from apikeys.limiters.base import Limiter

#: Debian's Chromium: without windows it starts and draws in two thirds of the time.
BROWSERS = (Path("/usr/lib/chromium/chromium-headless-shell"), Path("/usr/bin/chromium"))

#: The folders whose single tests take longest.
LONG = ("faults", "schema")

# The machine is shared and slow at times: a slow example is no failure.
hypothesis_settings.register_profile("keyservice", deadline=None, database=None)
hypothesis_settings.load_profile("keyservice")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what takes longest first, so that all workers end together, and a browser's tests last.

    Playwright keeps an event loop running in the main thread until the session ends, and Django's
    ORM refuses to work under one.
    """
    items.sort(key=_turn)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Leave what is there by now, which stays to the end, out of every later garbage collection."""
    gc.collect()
    gc.freeze()


def _turn(item: pytest.Item) -> int:
    if "playwright" in getattr(item, "fixturenames", ()):
        return 2
    return 0 if item.path.parent.name in LONG else 1


@pytest.fixture(scope="session")
def database_kind() -> str:
    """`sqlite` or `postgresql`."""
    return os.environ[bed.PREPARED]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,
    database_kind: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """On SQLite, test on a file: one in memory is not shared by threads as the real one is."""
    if database_kind == bed.SQLITE:
        file = tmp_path_factory.mktemp("database") / "test.sqlite3"
        django_settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(file)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Generator[None, None, None]:
    """A password of this process is digested in no time; the services that run take theirs."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        yield


@pytest.fixture(scope="session")
def valkey_url() -> Generator[str, None, None]:
    """URL of a Valkey server of this worker alone, or of the one in `TEST_REDIS_URL`."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    try:
        server = Valkey()
    except ServerUnavailable as error:
        bed.missing(f"Valkey ({error})")
        raise
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Limiter:
    """A limiter that outlives the tests' transactions."""
    from apikeys.limiters.memory import MemoryLimiter

    limiter = MemoryLimiter(tmp_path_factory.mktemp("journal"), keeps_records=False)
    limiter.adopt(0, limiter.begin_epoch(0))  # without rows, which would go with the first test
    return limiter


@pytest.fixture
def counting_in_memory(memory: Limiter) -> Generator[None, None, None]:
    """Count verifies where it costs least, for tests that do not ask about it."""
    from apikeys.operations import limiting

    limiting.install(memory)
    yield
    limiting.install(None)


@pytest.fixture(scope="session")
def prepared(
    database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Prepared, None, None]:
    """What the services of the tests start from."""
    directory = tmp_path_factory.mktemp("prepared")
    if database_kind == bed.SQLITE:
        yield Prepared(directory)
        return
    server, name = os.environ["DATABASE_URL"], f"prepared_{secrets.token_hex(6)}"
    yield Prepared(directory, create_database(server, name))
    drop_database(server, name)


@pytest.fixture(scope="session")
def start_service(
    prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Callable[..., Service], None, None]:
    """Start a service of one's own, on a fresh database: `start_service(REDIS_URL=…)`."""
    running: list[Service] = []
    databases: list[str] = []

    def start(**environment: str | None) -> Service:
        data = tmp_path_factory.mktemp("service")
        prepared.copy_into(data)
        if prepared.database is not None:
            databases.append(f"service_{secrets.token_hex(6)}")
            server, like = os.environ["DATABASE_URL"], prepared.database
            environment = {
                "DATABASE_URL": create_database(server, databases[-1], like=like),
                "KEYSERVICE_KEYS": secrets.token_urlsafe(32),
                **environment,
            }
        running.append(Service(data, environment))
        return running[-1]

    yield start
    with ThreadPoolExecutor(len(running) or 1) as threads:
        list(threads.map(Service.stop, running))
    for name in databases:
        drop_database(os.environ["DATABASE_URL"], name)


@pytest.fixture(scope="session")
def service(start_service: Callable[..., Service]) -> Service:
    """The service that the tests of this worker share: leave its root key and admin alone."""
    return start_service()


@pytest.fixture(scope="session")
def base_url(service: Service) -> str:
    """What a relative address in `browser_page.goto` is relative to."""
    return service.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, which must not look for hosts outside of this machine."""
    found = [str(browser) for browser in BROWSERS if browser.exists()]
    if not found:
        bed.missing("Chromium")
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {
        **browser_type_launch_args,
        "executable_path": found[0],
        "args": [*quiet, *sandbox],
    }


@pytest.fixture
def browser_page(page: Page, service: Service) -> Generator[Page, None, None]:
    """A page on the service; it fails the test that asks another host or breaks the policy."""
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            complaints.append(f"request to {request.url}")
            if not request.url.startswith((service.url, "data:", "blob:"))
            else None
        ),
    )
    page.set_default_timeout(15_000)
    yield page
    assert not complaints
