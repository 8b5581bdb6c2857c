"""`having_status` in SQL and `status_of` in Python give one answer, on either database."""

from __future__ import annotations

import pytest

from apikeys.domain.lifecycle import Status
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
    in_sql = [
        (expected[key.pk].id, str(status))
        for status in Status
        for key in ApiKey.objects.having_status(status, NOON)
    ]
    in_python = [(expected[it.pk].id, str(it.status(NOON))) for it in ApiKey.objects.whole()]
    table = sorted((life.id, str(life.expected)) for life in LIVES)
    assert sorted(in_sql) == table  # each key once: no key has two statuses, and none has none
    assert sorted(in_python) == table
