"""Checksums of rows, to see that nothing was changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connection

from apikeys.models import (
    ApiKey,
    AuditEvent,
    EndpointTotals,
    KeySecret,
    RefusedAttempt,
    Tenant,
    UsageBucket,
    UsageTotals,
)

WATCHED = ("apikeys", "service_clients", "auth", "admin")

#: Whoever asks with a key has used it, also when the answer is no.
OF_USE = (EndpointTotals, RefusedAttempt, UsageBucket, UsageTotals)


def everything() -> dict[str, str]:
    """By table, over all rows of our apps but of use, of users and of the admin's own log."""
    with connection.cursor() as cursor:
        found = {}
        for table, statement in _statements():
            cursor.execute(statement)
            found[table] = _checksum(cursor.fetchall())
    return found


def of_tenant(tenant: Tenant) -> list[str]:
    """Over the rows of one tenant."""
    return [
        _checksum(Tenant.objects.filter(pk=tenant.pk).values_list()),
        _checksum(ApiKey.objects.filter(tenant=tenant).order_by("pk").values_list()),
        _checksum(KeySecret.objects.filter(key__tenant=tenant).order_by("pk").values_list()),
        _checksum(AuditEvent.objects.filter(tenant=tenant).order_by("pk").values_list()),
    ]


def of_key(public_id: str) -> list[str]:
    """Over the rows of one key."""
    return [
        _checksum(ApiKey.objects.filter(public_id=public_id).values_list()),
        _checksum(KeySecret.objects.filter(key__public_id=public_id).values_list()),
        _checksum(AuditEvent.objects.filter(object_id=public_id).values_list()),
    ]


@lru_cache(maxsize=1)
def _statements() -> tuple[tuple[str, str], ...]:
    """Plain SQL: building a query for each table would take longer than all the rest of a test."""
    quoted = connection.ops.quote_name
    models = [it._meta for it in apps.get_models(include_auto_created=True) if it not in OF_USE]
    return tuple(
        (it.db_table, f"SELECT * FROM {quoted(it.db_table)} ORDER BY {quoted(it.pk.column)}")  # noqa: S608 - names of ours
        for it in models
        if it.app_label in WATCHED and it.pk.column is not None
    )


def _checksum(rows: Iterable[tuple[Any, ...]]) -> str:
    plain = [[_plain(value) for value in row] for row in rows]
    return hashlib.sha256(repr(plain).encode()).hexdigest()


def _plain(value: object) -> object:
    """PostgreSQL gives bytes as a view, whose text is its address."""
    return bytes(value) if isinstance(value, memoryview) else value
