"""The database itself refuses to change or delete audit rows.

Installed after every migrate, because rebuilding a table on SQLite drops its triggers. Left out
of test databases, where a flush deletes every row, unless APIKEYS["AUDIT_TRIGGERS"] asks for it.
"""

from __future__ import annotations

from django.core import mail
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from apikeys.conf import settings

TABLE = "apikeys_auditevent"
_REFUSAL = "audit events are append-only"

_WHEN = {"apikeys_audit_no_update": "BEFORE UPDATE", "apikeys_audit_no_delete": "BEFORE DELETE"}
# REPLACE deletes the rows that are in its way without asking any trigger on deletes.
_WHEN_ON_SQLITE = {"apikeys_audit_no_replace": "BEFORE INSERT"}
_IN_THE_WAY = """
WHEN EXISTS (SELECT 1 FROM apikeys_auditevent WHERE id = NEW.id OR public_id = NEW.public_id
             OR (tenant_id = NEW.tenant_id AND sequence = NEW.sequence))
"""

_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION apikeys_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$;
"""


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: object) -> None:
    """The `post_migrate` receiver."""
    if are_wanted() and _table_exists(connections[using]):
        install(connections[using])


def are_wanted() -> bool:
    """What `AUDIT_TRIGGERS` says; unset, everywhere but in test databases."""
    wanted: bool | None = settings.AUDIT_TRIGGERS
    return not _under_test() if wanted is None else wanted


def install(connection: BaseDatabaseWrapper) -> None:
    """Make updates and deletes of audit rows fail. Safe to repeat."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL)
        for name, when in _triggers(connection.vendor).items():
            for statement in _statements(connection.vendor, name, when):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, for a migration that must rewrite the table."""
    on_table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in _triggers(connection.vendor):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The triggers that are not there, or switched off, for the system check."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [TABLE])
        present = {row[0] for row in cursor.fetchall()}
    return tuple(name for name in _triggers(connection.vendor) if name not in present)


def _triggers(vendor: str) -> dict[str, str]:
    return _WHEN if vendor == "postgresql" else _WHEN | _WHEN_ON_SQLITE


def _statements(vendor: str, name: str, when: str) -> tuple[str, ...]:
    if vendor == "postgresql":
        return (
            f"DROP TRIGGER IF EXISTS {name} ON {TABLE}",
            f"CREATE TRIGGER {name} {when} ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION apikeys_refuse_audit_change()",
        )
    condition = _IN_THE_WAY if name in _WHEN_ON_SQLITE else ""
    return (
        f"CREATE TRIGGER IF NOT EXISTS {name} {when} ON {TABLE} {condition}"
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    )


def _under_test() -> bool:
    # Django's test runners, and pytest-django, put the outbox there and nobody else does.
    return hasattr(mail, "outbox")


def _table_exists(connection: BaseDatabaseWrapper) -> bool:
    return TABLE in connection.introspection.table_names()
