"""Indexes are made while others write, can be made again, and are no condition for starting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models

from apikeys.checks import check_trigrams
from apikeys.models import ApiKey, online, trigrams
from tests.factories import KeyFactory

pytestmark = pytest.mark.django_db(transaction=True)
INDEX = models.Index(fields=["version"], name="apikeys_key_extra")


@pytest.fixture
def postgresql(database_kind: str) -> None:
    if database_kind != "postgresql":
        pytest.skip("of PostgreSQL alone")


@pytest.fixture
def restored() -> Iterator[None]:
    """Put back what a test took away."""
    yield
    with connection.schema_editor(atomic=False) as editor:
        trigrams.install(editor, trigrams.INDEXES)


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def valid() -> bool | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('apikeys_key_extra')"
        )
        row = cursor.fetchone()
    return row and bool(row[0])


def change(verb: Any) -> None:
    with connection.schema_editor(atomic=False) as editor:
        verb(editor, ApiKey, INDEX)


@pytest.mark.parametrize("filled", [True, False])
def test_an_index_can_be_made_and_dropped_twice(filled: bool) -> None:
    if filled:
        KeyFactory.create()
    for verb in (online.add, online.add, online.remove, online.remove):
        change(verb)


@pytest.mark.usefixtures("postgresql")
def test_an_index_that_was_never_finished_is_made_anew() -> None:
    KeyFactory.create()
    change(online.add)
    execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'apikeys_key_extra'::regclass"
    )
    change(online.add)
    assert valid() is True
    change(online.remove)
    assert valid() is None


@pytest.mark.usefixtures("postgresql", "restored")
def test_the_migration_goes_back_and_forth_over_rows() -> None:
    KeyFactory.create()
    call_command("migrate", "apikeys", "0002", verbosity=0)
    call_command("migrate", "apikeys", verbosity=0)
    assert not list(trigrams.missing(connection))


@pytest.mark.usefixtures("postgresql", "restored")
def test_without_the_right_to_make_extensions_the_index_is_left_out_and_told_of() -> None:
    execute("DROP EXTENSION pg_trgm CASCADE", "CREATE ROLE poor", "SET ROLE poor")
    try:
        with connection.schema_editor(atomic=False) as editor:
            trigrams.install(editor, trigrams.INDEXES)
    finally:
        execute("RESET ROLE", "DROP ROLE poor")
    hint = str(check_trigrams(None, ["default"])[0].hint)
    assert "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX CONCURRENTLY" in hint
    assert "ON apikeys_apikey USING gin (search_name gin_trgm_ops);" in hint


@pytest.mark.usefixtures("restored")
def test_with_the_indexes_there_is_nothing_to_warn_of() -> None:
    assert check_trigrams(None, ["default"]) == []


@pytest.mark.usefixtures("postgresql")
def test_what_is_rare_is_found_by_an_index() -> None:
    key = KeyFactory.create(name="original")
    _copy(key, 20_000)
    rare = {
        "trigram": ApiKey.objects.matching("vice 19999"),
        "revoked": ApiKey.objects.filter(revoked_at__isnull=False).order_by("-pk")[:20],
        "hold": ApiKey.objects.filter(hold="disabled").order_by("-pk")[:20],
        "maker": ApiKey.objects.filter(created_by="nobody").order_by("-pk")[:20],
        "owner": ApiKey.objects.filter(subject="user_7").order_by("-pk")[:20],
        "type": ApiKey.objects.filter(key_type="management").order_by("-pk")[:20],
        "test": ApiKey.objects.filter(environment="test").order_by("-pk")[:20],
    }
    plans = {name: keys.explain() for name, keys in rare.items()}
    assert {name for name, plan in plans.items() if f"apikeys_key_{name}" not in plan} == set()


def _copy(key: ApiKey, count: int) -> None:
    own = {
        "public_id": "'key_' || i",
        "number": "i",
        "search_name": "'service ' || i",
        "subject": "'user_' || i",
        "revoked_at": "CASE WHEN i % 5000 = 0 THEN now() END",
        "hold": "CASE WHEN i % 5000 = 1 THEN 'disabled' END",
    }
    columns = [str(it.column) for it in ApiKey._meta.local_concrete_fields if it.column != "id"]
    values = ", ".join(own.get(name, name) for name in columns)
    copies = f"apikeys_apikey, generate_series(1, {count}) AS i WHERE id = {key.pk}"
    insertion = f"INSERT INTO apikeys_apikey ({', '.join(columns)}) SELECT {values} FROM {copies}"  # noqa: S608 - of our own names
    execute(insertion, "VACUUM ANALYZE apikeys_apikey")
