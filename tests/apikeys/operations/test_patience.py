"""No read within takes longer than it may, and what came before goes on as before."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection

from apikeys.operations.patience import TookTooLong, patience

pytestmark = pytest.mark.django_db


def run(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.fixture
def postgresql(database_kind: str) -> None:
    if database_kind != "postgresql":
        pytest.skip("SQLite knows no limit of this kind")


@pytest.mark.usefixtures("postgresql")
def test_a_statement_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(TookTooLong), patience(0.05):
        run("SELECT pg_sleep(30)")
    assert run("SELECT 1") == 1


@pytest.mark.usefixtures("postgresql")
def test_the_limit_ends_with_the_block() -> None:
    before = run("SELECT current_setting('statement_timeout')")
    with patience(5):
        assert run("SELECT current_setting('statement_timeout')") == "5s"
    assert run("SELECT current_setting('statement_timeout')") == before


def test_another_fault_stays_what_it_is() -> None:
    with pytest.raises(DatabaseError), patience():
        run("SELECT nothing_of_this_name")


def test_what_is_quick_is_answered() -> None:
    with patience():
        assert run("SELECT 7") == 7
