"""Reading what is known of a key by one of its secrets: one query, in as few steps as possible.

Every verify that finds nothing in the cache comes this way, so the query is written once and run
by the driver; the ORM would take twice as long for the same row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models

from apikeys.domain.limits import ATTRIBUTE_OF, Limits, defaults_for, limits_of
from apikeys.domain.scopes import ResourceScope
from apikeys.domain.terms import Policy, Terms
from apikeys.models import AccessPolicy, ApiKey, KeyDetails, KeySecret, Tenant, UsageLimits
from apikeys.models.columns import JSONText

Row = dict[str, Any]

_READ: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "secret": (KeySecret, ("id", "digest", "pepper_id", "retires_at")),
    "tenant": (
        Tenant,
        ("id", "public_id", "status", "version", "on_limiter_loss", "default_limits"),
    ),
    "key": (
        ApiKey,
        (
            *("id", "public_id", "version", "name", "subject", "key_type", "environment"),
            *("scopes", "permissions", "resource_scopes", "claims", "metadata", "tags", "hold"),
            *("revoked_at", "deleted_at", "expires_at", "is_root"),
        ),
    ),
    "policy": (
        AccessPolicy,
        (
            *("allowed_ips", "allowed_domains", "allowed_origins", "allowed_environments"),
            *("enforce_https", "enforce_mutual_tls", "client_certificate_hash"),
            *("enforce_signing", "require_request_signing", "allowed_signature_algorithms"),
            *("requires_client_secret", "client_secret_digest"),
        ),
    ),
    "limits": (UsageLimits, (*ATTRIBUTE_OF.values(), "max_staleness_seconds")),
    "details": (
        KeyDetails,
        ("api_version", "supported_features", "documentation_url", "support_contact"),
    ),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """One secret of a key with everything a verify needs; ids are primary keys."""

    terms: Terms
    limits: Limits
    key: int
    tenant: int
    version: int
    tenant_version: int
    secret: int
    digest: bytes
    pepper_id: str
    spared_by_limiter_loss: bool
    max_staleness_seconds: int


def load(digests: Sequence[bytes]) -> Loaded | None:
    """What belongs to the first of these digests that is stored; None when none is."""
    with _cursor() as cursor:
        cursor.execute(_statement(len(digests)), list(digests))
        found = cursor.fetchone()
    return None if found is None else _loaded(_row(found))


def _cursor() -> Any:
    """One whose statements PostgreSQL plans once for a connection, where that may prepare them.

    To plan a join of six tables takes longer than to run it. Django's own cursors never prepare;
    whether this one does is for the option `prepare_threshold` of the database to say.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()
    try:
        from django.db.backends.postgresql.base import ServerBindingCursor
    except ImportError:  # with psycopg 2
        return connection.cursor()
    connection.ensure_connection()
    binding: Any = ServerBindingCursor
    return connection._prepare_cursor(binding(connection.connection))  # type: ignore[attr-defined]  # as `cursor` does it


def _loaded(row: Row) -> Loaded:
    limits = {name: row[f"limits.{name}"] for name in ATTRIBUTE_OF.values()}
    return Loaded(
        terms=_terms(row),
        limits=limits_of(limits, defaults_for(row["key.key_type"], row["tenant.default_limits"])),
        key=row["key.id"],
        tenant=row["tenant.id"],
        version=row["key.version"],
        tenant_version=row["tenant.version"],
        secret=row["secret.id"],
        digest=row["secret.digest"],
        pepper_id=row["secret.pepper_id"],
        spared_by_limiter_loss=row["tenant.on_limiter_loss"] == Tenant.OnLimiterLoss.ALLOW,
        max_staleness_seconds=row["limits.max_staleness_seconds"],
    )


def _terms(row: Row) -> Terms:
    return Terms(
        key_id=row["key.public_id"],
        tenant_id=row["tenant.public_id"],
        tenant_active=row["tenant.status"] == Tenant.Status.ACTIVE,
        name=row["key.name"],
        subject=row["key.subject"],
        key_type=row["key.key_type"],
        environment=row["key.environment"],
        scopes=tuple(row["key.scopes"]),
        permissions=tuple(row["key.permissions"]),
        resource_scopes=_resource_scopes(row["key.resource_scopes"]),
        claims=row["key.claims"],
        metadata=row["key.metadata"],
        tags=tuple(row["key.tags"]),
        hold=row["key.hold"],
        revoked_at=row["key.revoked_at"],
        deleted_at=row["key.deleted_at"],
        expires_at=row["key.expires_at"],
        rotating_until=row["rotating_until"],
        secret_retires_at=row["secret.retires_at"],
        policy=_policy(row),
        is_root=row["key.is_root"],
        api_version=row["details.api_version"],
        supported_features=tuple(row["details.supported_features"] or ()),
        documentation_url=row["details.documentation_url"],
        support_contact=row["details.support_contact"],
    )


def _policy(row: Row) -> Policy:
    return Policy(
        allowed_ips=_optional(row["policy.allowed_ips"]),
        allowed_domains=_optional(row["policy.allowed_domains"]),
        allowed_origins=_optional(row["policy.allowed_origins"]),
        allowed_environments=_optional(row["policy.allowed_environments"]),
        enforce_https=row["policy.enforce_https"],
        enforce_mutual_tls=row["policy.enforce_mutual_tls"],
        client_certificate_hash=row["policy.client_certificate_hash"],
        requires_signature=row["policy.enforce_signing"] or row["policy.require_request_signing"],
        allowed_signature_algorithms=_optional(row["policy.allowed_signature_algorithms"]),
        requires_client_secret=row["policy.requires_client_secret"],
        client_secret_digest=row["policy.client_secret_digest"],
    )


def _optional(words: list[str] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(words)


def _resource_scopes(stored: list[dict[str, Any]] | None) -> tuple[ResourceScope, ...] | None:
    if stored is None:
        return None
    return tuple(
        ResourceScope(it["resource_type"], it["resource_id"], _optional(it.get("operations")))
        for it in stored
    )


@lru_cache
def _statement(digests: int) -> str:
    """The query, for so many digests. `rotating_until` is when the last retiring secret ends."""
    table = {name: f'"{model._meta.db_table}"' for name, (model, _) in _READ.items()}
    columns = ", ".join(f'{alias}."{column}"' for alias, column, _ in _columns())
    return (
        f"SELECT {columns}, (SELECT max(other.retires_at) FROM {table['secret']} other"  # noqa: S608
        " WHERE other.key_id = key.id) AS rotating_until"
        f" FROM {table['secret']} secret"
        f" JOIN {table['key']} key ON key.id = secret.key_id"
        f" JOIN {table['tenant']} tenant ON tenant.id = key.tenant_id"
        f" JOIN {table['policy']} policy ON policy.key_id = key.id"
        f" JOIN {table['limits']} limits ON limits.key_id = key.id"
        f" LEFT JOIN {table['details']} details ON details.key_id = key.id"
        f" WHERE secret.digest IN ({', '.join(['%s'] * digests)})"
    )


@lru_cache
def _columns() -> tuple[tuple[str, str, Callable[[Any], Any] | None], ...]:
    """Alias, column, and how what the driver gives becomes a Python value."""
    fields: list[tuple[str, Any]] = [
        (alias, model._meta.get_field(name))
        for alias, (model, names) in _READ.items()
        for name in names
    ]
    return tuple((alias, str(it.column), _reader(it)) for alias, it in fields)


@lru_cache
def _plan() -> tuple[tuple[str, ...], tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """The names of the columns in order, and those that have to be read further."""
    names = tuple(f"{alias}.{column}" for alias, column, _ in _columns())
    readers = [(f"{alias}.{column}", reader) for alias, column, reader in _columns() if reader]
    return (*names, "rotating_until"), (*readers, ("rotating_until", _moment))


def _row(found: Sequence[Any]) -> Row:
    names, readers = _plan()
    row = dict(zip(names, found, strict=True))
    for name, read in readers:
        if row[name] is not None:
            row[name] = read(row[name])
    return row


def _reader(field: Any) -> Callable[[Any], Any] | None:
    match field:
        case JSONText():
            return _json
        case models.DateTimeField():
            return _moment
        case models.BooleanField():
            return bool
        case models.BinaryField():
            return bytes
    return None


def _json(text: str) -> Any:
    if text == "[]":
        return []
    return {} if text == "{}" else json.loads(text)


def _moment(value: datetime | str) -> datetime:
    """SQLite keeps times as text in UTC, without saying so."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
