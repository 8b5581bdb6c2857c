"""`/livez` and `/readyz`."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from keyservice import health


@pytest.fixture
def unknown_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not asked yet."""
    monkeypatch.setitem(health.CHECKS, "migrations", health.MigratedOnce())


def test_a_process_that_answers_is_alive_even_without_a_database(client: Client) -> None:
    response = client.get("/livez")

    assert response.status_code == 200
    assert response.json() == {"status": "alive"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.usefixtures("unknown_migrations")
def test_a_service_with_all_it_needs_is_ready(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ready"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_without_the_cache_it_is_not_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "set", _fail)

    assert _failed_parts(client) == ["cache"]


@pytest.mark.django_db
def test_without_the_database_it_is_not_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(health.CHECKS, "database", _fail)

    assert _failed_parts(client) == ["database"]


@pytest.mark.django_db
@pytest.mark.usefixtures("unknown_migrations")
def test_with_a_migration_to_do_it_is_not_and_says_so(client: Client) -> None:
    applied = MigrationRecorder.Migration.objects.filter(app="apikeys").order_by("-id")
    MigrationRecorder.Migration.objects.filter(id__in=applied.values("id")[:1]).delete()

    assert _failed_parts(client) == ["migrations"]


@pytest.mark.django_db
@pytest.mark.usefixtures("unknown_migrations")
def test_once_migrated_the_tables_are_not_looked_at_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(health, "is_migrated", _fail)

    assert client.get("/readyz").status_code == 200


def _failed_parts(client: Client) -> list[str]:
    response = client.get("/readyz")
    assert response.status_code == 503
    document: dict[str, Any] = response.json()
    assert document["status"] == "unavailable"
    failed: list[str] = document["failed"]
    return failed


def _fail(*_: object, **__: object) -> bool:
    raise OperationalError("down")
