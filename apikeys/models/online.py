"""Indexes that come and go while a table of millions is read and written.

PostgreSQL builds them concurrently, which no transaction may hold: a migration with these
operations has `atomic = False`, and one that was interrupted can be run again.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndexOnline(migrations.AddIndex):
    """`AddIndex` that holds nobody up."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            add(schema_editor, model, self.index)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            remove(schema_editor, model, self.index)


class RemoveIndexOnline(migrations.RemoveIndex):
    """`RemoveIndex` that holds nobody up."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            state = from_state.models[app_label, self.model_name_lower]
            remove(schema_editor, model, state.get_index_by_name(self.name))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            state = to_state.models[app_label, self.model_name_lower]
            add(schema_editor, model, state.get_index_by_name(self.name))


def add(editor: Any, model: Any, index: Any) -> None:
    """Make the index, unless it is there; in place of one that an interrupted start left."""
    if is_concurrent(editor, model._meta.db_table):
        if not clear(editor, index.name):
            editor.add_index(model, index, concurrently=True)
    elif not _is_there(editor, model, index):
        editor.add_index(model, index)


def remove(editor: Any, model: Any, index: Any) -> None:
    """Drop the index, if it is there."""
    if is_concurrent(editor, model._meta.db_table):
        editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {editor.quote_name(index.name)}")
    elif editor.collect_sql or _is_there(editor, model, index):
        editor.remove_index(model, index)


def is_concurrent(editor: Any, table: str) -> bool:
    """Whether there is anybody to be held up. An empty table has its indexes at once."""
    connection = editor.connection
    if connection.vendor != "postgresql" or connection.in_atomic_block or editor.collect_sql:
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {editor.quote_name(table)} LIMIT 1")
        return cursor.fetchone() is not None


def clear(editor: Any, name: str) -> bool:
    """Whether the index is there and good; one that was never finished is dropped."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
        found = cursor.fetchone()
    if found is None or found[0]:
        return found is not None
    editor.execute(f"DROP INDEX CONCURRENTLY {editor.quote_name(name)}")
    return False


def _is_there(editor: Any, model: Any, index: Any) -> bool:
    if editor.collect_sql:
        return False
    with editor.connection.cursor() as cursor:
        names = editor.connection.introspection.get_constraints(cursor, model._meta.db_table)
    return index.name in names
