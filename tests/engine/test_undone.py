"""A host may undo the transaction in which a key was verified; what it took stays taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from apikeys.limiters.base import Limiter
from apikeys.limiters.remote.limiter import RedisLimiter
from apikeys.operations import limiting
from tests.engine.asking import Key

Made = Callable[[str], Callable[[], Limiter]]


@pytest.fixture
def redis(fresh: None, made: Made) -> None:
    limiting.install(made("redis")())


def verified_in_vain(key: Key) -> bool:
    with transaction.atomic():
        valid = key.verify().valid
        transaction.set_rollback(True)
    return valid


@pytest.mark.usefixtures("redis")
def test_requests_that_fail_are_counted_all_the_same() -> None:
    key = Key(max_uses=40)
    if connection.vendor == "sqlite":
        # One writer: there the ledger and the limiter part. Hosts with Redis have PostgreSQL.
        assert isinstance(limiting.limiter(), RedisLimiter)
        return
    passed = sum(verified_in_vain(key) for _ in range(60))
    assert passed == 40
    key.reconcile()
    assert key.passes_until_refused() == 0


@pytest.mark.usefixtures("redis")
def test_a_change_that_is_undone_is_nobodys_record() -> None:
    key = Key(max_uses=40)
    assert key.outcome() == "valid"
    with transaction.atomic():
        key.revise(hold="suspended")
        assert key.outcome() == "suspended"
        transaction.set_rollback(True)
    assert key.outcome() == "valid"


def test_the_database_counts_within_the_transaction_of_the_caller(fresh: None, made: Made) -> None:
    """Also where its own row is locked by then: nobody waits for himself."""
    limiting.install(made("database")())
    key = Key(max_uses=40)
    with transaction.atomic():
        assert [key.outcome() for _ in range(3)] == ["valid"] * 3
        key.revise(max_uses=5)
        assert key.passes_until_refused() == 2
    assert key.outcome() == "quota_exceeded"
