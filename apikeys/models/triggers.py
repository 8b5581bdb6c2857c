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
NAMES = ("apikeys_audit_no_update", "apikeys_audit_no_delete")
_REFUSAL = "audit events are append-only"

_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION apikeys_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$;
"""


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: object) -> None:
    """The `post_migrate` receiver."""
    wanted = settings.AUDIT_TRIGGERS
    if wanted is None:
        wanted = not _under_test()
    if wanted and _table_exists(connections[using]):
        install(connections[using])


def install(connection: BaseDatabaseWrapper) -> None:
    """Make updates and deletes of audit rows fail. Safe to repeat."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL)
        for name, event in zip(NAMES, ("UPDATE", "DELETE"), strict=True):
            for statement in _statements(connection.vendor, name, event):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, for a migration that must rewrite the table."""
    on_table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in NAMES:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def missing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The triggers that are not there, for the system check."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return tuple(name for name in NAMES if name not in present)


def _statements(vendor: str, name: str, event: str) -> tuple[str, ...]:
    if vendor == "postgresql":
        return (
            f"DROP TRIGGER IF EXISTS {name} ON {TABLE}",
            f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION apikeys_refuse_audit_change()",
        )
    return (
        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {TABLE} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    )


def _under_test() -> bool:
    # Django's test runners, and pytest-django, put the outbox there and nobody else does.
    return hasattr(mail, "outbox")


def _table_exists(connection: BaseDatabaseWrapper) -> bool:
    return TABLE in connection.introspection.table_names()
