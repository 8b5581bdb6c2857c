"""Secrets that were let loose are found nowhere but in the answers that are there to show them."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model

from apikeys.conf import ring
from apikeys.conf import settings as own_settings
from apikeys.domain.keyrings import Label, subkey
from apikeys.domain.secret import Secret
from apikeys.models import UsageBucket
from apikeys.operations.flushing import flush
from apikeys.operations.reaching import utc_now
from apikeys.operations.root import ensure_root_key
from keyservice import settings as deployed
from tests.canary import by_hand, clients_by_hand
from tests.canary.canaries import Aviary, Canary
from tests.canary.driving import Driver, api_routes
from tests.canary.journeys import BREAKS, break_down, fail, succeed
from tests.canary.limiters import Collect, installed
from tests.canary.sinks import Sinks, collect_storage, listening

pytestmark = pytest.mark.django_db(transaction=True)

HITS_SHOWN = 20


def new_root_key() -> str:
    """An operator's own, in which much is written otherwise in JSON, a URL or a form.

    Not so its first 10 and its last 4 characters, which are shown on purpose.
    """
    return f'of-the-ops "&" {secrets.token_urlsafe(24)} \\ 100% <b> 4711'


@pytest.fixture
def root_key() -> str:
    text = new_root_key()
    ensure_root_key(Secret(text))
    return text


def of_the_house(root_key: str) -> list[Canary]:
    """The secrets that stand behind everything else."""
    keys = [Canary(f"subkey {label}", subkey(ring().first, label)) for label in Label]
    return [
        *keys,
        Canary.of("ring", own_settings.KEYS),
        Canary("ring's bytes", ring().first.material),
        Canary.of("SECRET_KEY", django_settings.SECRET_KEY),
        Canary.of("root key", root_key),
    ]


def found(sinks: Sinks, canaries: Iterable[Canary]) -> str:
    """The canaries that are where they should not be, one on a line; empty is good."""
    aviary = Aviary(canaries)
    hits = [str(hit) for name, content in sinks for hit in aviary.hits(name, content)]
    return "\n".join(sorted(set(hits))[:HITS_SHOWN])


@pytest.fixture
def collect_limiter(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Generator[Collect, None, None]:
    with installed(kind, request, tmp_path) as collect:
        yield collect


@pytest.mark.parametrize(
    ("kind", "debug"), [("database", False), ("memory", False), ("redis", True)]
)
def test_what_succeeds_and_what_fails_shows_no_secret(
    root_key: str,
    collect_limiter: Collect,
    debug: bool,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.DEBUG = debug
    sinks = Sinks()
    driver = Driver(sinks, root_key)
    with listening(sinks, monkeypatch):
        succeed(driver)
        assert api_routes() | {("metrics", "GET")} <= driver.succeeded
        driver.driven.clear()
        fail(driver)
        collect_limiter(sinks)  # before it is all in the database
        flush(utc_now())
    collect_storage(sinks)
    assert api_routes() <= driver.driven
    assert UsageBucket.objects.exists()
    assert found(sinks, [*driver.canaries, *of_the_house(root_key)]) == ""


@pytest.fixture
def hashers(settings: Any) -> None:
    """Those of the service: the tests' own is a quicker one."""
    settings.PASSWORD_HASHERS = deployed.PASSWORD_HASHERS


@pytest.fixture
def password() -> str:
    text = secrets.token_urlsafe(24)
    get_user_model()._default_manager.create_superuser("boss", password=text)
    return text


@pytest.mark.usefixtures("hashers")
@pytest.mark.parametrize("debug", [False, True], ids=["DEBUG off", "DEBUG on"])
def test_the_admin_shows_no_secret_but_on_the_pages_that_are_there_for_it(
    root_key: str, password: str, debug: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = debug
    sinks = Sinks()
    driver = Driver(sinks, root_key)
    driver.add("password", password)
    with listening(sinks, monkeypatch):
        by_hand.sign_in(driver, "boss", password)
        by_hand.work(driver)
        by_hand.fail(driver)
        clients_by_hand.work(driver)
    collect_storage(sinks)
    assert sum(canary.name == by_hand.SHOWN for canary in driver.canaries) >= 4
    assert sum(canary.name == clients_by_hand.SHOWN for canary in driver.canaries) >= 2
    assert found(sinks, [*driver.canaries, *of_the_house(root_key)]) == ""


@pytest.mark.parametrize("broken", by_hand.BREAKS)
def test_no_page_of_the_admin_that_breaks_down_shows_a_secret(
    root_key: str, password: str, broken: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sinks = Sinks()
    driver = Driver(sinks, root_key)
    with listening(sinks, monkeypatch):
        by_hand.sign_in(driver, "boss", driver.add("password", password))
        for settings.DEBUG in (False, True):
            by_hand.break_down(driver, by_hand.BREAKS[broken], monkeypatch)
    collect_storage(sinks)
    assert "error reports" in sinks.names
    assert found(sinks, [*driver.canaries, *of_the_house(root_key)]) == ""


@pytest.mark.parametrize("broken", clients_by_hand.BREAKS)
def test_no_page_about_a_client_that_breaks_down_shows_a_secret(
    root_key: str, password: str, broken: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sinks = Sinks()
    driver = Driver(sinks, root_key)
    with listening(sinks, monkeypatch):
        by_hand.sign_in(driver, "boss", driver.add("password", password))
        for settings.DEBUG in (False, True):
            clients_by_hand.break_down(driver, clients_by_hand.BREAKS[broken], monkeypatch)
    collect_storage(sinks)
    assert "error reports" in sinks.names
    assert found(sinks, [*driver.canaries, *of_the_house(root_key)]) == ""


@pytest.mark.parametrize("broken", BREAKS)
def test_what_breaks_down_shows_no_secret(
    root_key: str, broken: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sinks = Sinks()
    driver = Driver(sinks, root_key)
    with listening(sinks, monkeypatch):
        for settings.DEBUG in (False, True):
            break_down(driver, BREAKS[broken], monkeypatch)
    collect_storage(sinks)
    assert "error reports" in sinks.names
    assert found(sinks, [*driver.canaries, *of_the_house(root_key)]) == ""
