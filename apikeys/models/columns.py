"""Columns that keep the same thing in the same way on every database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField  # subscriptable for the type checker only


class JSONText(_Text):
    """JSON kept as text, exactly as given.

    PostgreSQL's jsonb reorders members, rewrites numbers and refuses what SQLite takes; nothing
    here is ever searched inside, so text is the honest home.
    """

    description = "JSON kept as text"

    if TYPE_CHECKING:
        _pyi_private_get_type: Any
        _pyi_private_set_type: Any

    def from_db_value(self, value: str | None, _: object, __: BaseDatabaseWrapper) -> Any:
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> Any:
        # JSON null is SQL NULL: one way to say nothing.
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> Any:
        # As it is: `dumpdata` writes it as JSON within its own, and `loaddata` reads it from there.
        return self.value_from_object(obj)
