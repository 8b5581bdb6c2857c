"""The index that finds a part of a name among millions: PostgreSQL's extension `pg_trgm`.

It is wanted, not needed: where the role may not make extensions the search reads the table, for
as long as `operations.patience` lets it, and a system check says what to run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from apikeys.models import online

# By name, the tables whose column `search_name` is searched in; apps that stand on this one add
# theirs.
INDEXES: dict[str, str] = {
    "apikeys_key_trigram": "apikeys_apikey",
    "apikeys_tenant_trigram": "apikeys_tenant",
}
EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
_OPERATORS = """
SELECT quote_ident(nspname) || '.gin_trgm_ops' FROM pg_opclass
JOIN pg_namespace ON pg_namespace.oid = opcnamespace WHERE opcname = 'gin_trgm_ops'
"""
_VALID = "SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indisvalid"


def install(editor: Any, indexes: Mapping[str, str]) -> None:
    """Make the indexes, if this is a PostgreSQL with the extension or with the right to add it."""
    if editor.connection.vendor != "postgresql":
        return
    operators = _operators(editor.connection) or _extended(editor.connection)
    if operators is None:
        return
    for name, table in indexes.items():
        if online.is_concurrent(editor, table):
            online.clear(editor, name)
            editor.execute(creation(name, table, operators))
        else:
            editor.execute(creation(name, table, operators, how="INDEX"))


def remove(editor: Any, indexes: Mapping[str, str]) -> None:
    """Drop the indexes, and leave the extension: others may use it."""
    if editor.connection.vendor == "postgresql":
        for name in indexes:
            editor.execute(f"DROP INDEX IF EXISTS {name}")


def creation(
    name: str, table: str, operators: str = "gin_trgm_ops", how: str = "INDEX CONCURRENTLY"
) -> str:
    """The statement that makes one of the indexes."""
    return f"CREATE {how} IF NOT EXISTS {name} ON {table} USING gin (search_name {operators})"


def missing(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """The statements that make what is not there, for the system check."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(_VALID)
        present = {row[0] for row in cursor.fetchall()}
    wanted = [(name, table) for name, table in INDEXES.items() if table in tables]
    lacking = [(name, table) for name, table in wanted if name not in present]
    if lacking and _operators(connection) is None:
        yield EXTENSION
    yield from (creation(name, table) for name, table in lacking)


def _operators(connection: BaseDatabaseWrapper) -> str | None:
    """The operator class with its schema, which need not be on the search path."""
    with connection.cursor() as cursor:
        cursor.execute(_OPERATORS)
        found = cursor.fetchone()
    return found and str(found[0])


def _extended(connection: BaseDatabaseWrapper) -> str | None:
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(EXTENSION)
    except DatabaseError:
        return None  # not among the server's files, or not for this role
    return _operators(connection)
