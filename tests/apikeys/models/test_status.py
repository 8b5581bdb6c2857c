"""`with_status` in SQL and `status_of` in Python give one answer, on either database."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.models import ApiKey, KeySecret
from apikeys.operations import Actor, issue_key
from tests.apikeys.lives import LIVES, NOON, PAST, Life

pytestmark = pytest.mark.django_db


def stored(life: Life) -> ApiKey:
    """A key that went through this life, its secrets included."""
    key = issue_key(Actor.system(), name=life.id[:200], now=PAST).key
    ApiKey.objects.filter(pk=key.pk).update(
        deleted_at=life.deleted_at,
        revoked_at=life.revoked_at,
        expires_at=life.expires_at,
        hold=life.hold,
    )
    if life.rotating_until:
        KeySecret.objects.create(
            key=key,
            digest=key.public_id.encode()[:32],
            pepper_id="0" * 16,
            fingerprint="",
            prefix="",
            hint="",
            issued_at=PAST,
            retires_at=life.rotating_until,
        )
    return key


def test_sql_and_python_agree_on_every_life() -> None:
    expected = {stored(life).pk: life for life in LIVES}
    found: Any = ApiKey.objects.with_status(NOON).whole()
    in_sql = {expected[key.pk].id: key.computed_status for key in found}
    in_python = {expected[key.pk].id: str(key.status(NOON)) for key in found}
    table = {life.id: str(life.expected) for life in LIVES}
    assert in_sql == table
    assert in_python == table


def test_a_list_can_be_filtered_by_status() -> None:
    for life in LIVES:
        stored(life)
    for status in {life.expected for life in LIVES}:
        keys: Any = ApiKey.objects.with_status(NOON)
        assert keys.filter(computed_status=status).count() == sum(
            life.expected is status for life in LIVES
        )
