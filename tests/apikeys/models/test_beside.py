"""A whole key, though it is read in several steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apikeys.models import ApiKey, UsageLimits
from tests.factories import minted

pytestmark = pytest.mark.django_db


def meanwhile(change: Callable[[], object]) -> Callable[..., Any]:
    """A wrapper of `execute` that does this once, before the limits of keys are read."""
    todo = [change]

    def execute(inner: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if todo and f"FROM {UsageLimits._meta.db_table}" in sql:
            todo.pop()()
        return inner(sql, *rest)

    return execute


def test_a_key_that_is_purged_meanwhile_is_not_there() -> None:
    gone, stays = minted()[0], minted()[0]
    with connection.execute_wrapper(meanwhile(ApiKey.objects.filter(pk=gone.pk).delete)):
        assert [key.pk for key in ApiKey.objects.whole()] == [stays.pk]


def test_a_key_that_is_changed_meanwhile_has_no_newer_version_than_what_is_beside_it() -> None:
    key = minted(max_uses=1)[0]

    def change() -> None:
        UsageLimits.objects.filter(pk=key.pk).update(max_uses=2)
        ApiKey.objects.filter(pk=key.pk).update(version=key.version + 1)

    with connection.execute_wrapper(meanwhile(change)):
        read = ApiKey.objects.whole().get()
    assert (read.version, read.limits.max_uses) == (key.version, 2)


def test_what_is_beside_a_key_knows_the_key(django_assert_num_queries: Any) -> None:
    minted()
    [key] = ApiKey.objects.whole()
    with django_assert_num_queries(0):
        assert key.limits.key.tenant == key.policy.key.tenant
