"""A whole key, though it is read in several steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model

from apikeys.models import (
    AccessPolicy,
    ApiKey,
    KeyDetails,
    KeySecret,
    Tenant,
    UsageLimits,
    UsageTotals,
)
from tests.factories import minted

pytestmark = pytest.mark.django_db


BESIDE = (Tenant, KeySecret, AccessPolicy, UsageTotals, KeyDetails, UsageLimits)


def meanwhile(change: Callable[[], object], model: type[Model] = UsageLimits) -> Callable[..., Any]:
    """A wrapper of `execute` that does this once, before rows of the model are read."""
    todo = [change]

    def execute(inner: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if todo and f"FROM {model._meta.db_table}" in sql:
            todo.pop()()
        return inner(sql, *rest)

    return execute


@pytest.mark.parametrize("model", BESIDE)
def test_a_key_that_is_purged_meanwhile_is_not_there(model: type[Model]) -> None:
    gone, stays = minted()[0], minted()[0]
    purge = ApiKey.objects.filter(pk=gone.pk).delete
    with connection.execute_wrapper(meanwhile(purge, model)):
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
