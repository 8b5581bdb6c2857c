"""Only operations write: surfaces translate, and models state what may be stored."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.repository import ROOT, files

MAY_WRITE = {"operations", "limiters", "models", "migrations"}

#: Writes whoever is asked. `save` covers serializers and forms too: they hold shape, not rules.
ALWAYS = {
    *("save", "asave", "bulk_create", "abulk_create", "bulk_update", "abulk_update"),
    *("get_or_create", "aget_or_create", "update_or_create", "aupdate_or_create"),
}

#: Writes when a manager or a queryset is asked; dictionaries and hashes know these names as well.
ON_QUERYSETS = {"create", "acreate", "update", "aupdate", "delete", "adelete"}
QUERYSET_WORDS = {"objects", "all", "filter", "exclude", "get_queryset", "_base_manager"}


def writes(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each call in `source` that writes to the database."""
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        name, asked = call.func.attr, call.func.value
        words = {node.attr for node in ast.walk(asked) if isinstance(node, ast.Attribute)}
        bare_delete = name == "delete" and not call.args and not call.keywords
        if name in ALWAYS or bare_delete or (name in ON_QUERYSETS and words & QUERYSET_WORDS):
            yield call.lineno, name


def test_a_surface_writes_nothing_itself() -> None:
    surfaces = [
        path for path in files("apikeys/*.py", "clients/*.py") if path.parts[1] not in MAY_WRITE
    ]
    found = [
        f"{path}:{line} .{name}()"
        for path in surfaces
        for line, name in writes((ROOT / path).read_text())
    ]
    assert not found, "an operation should do this, with its audit event"


@pytest.mark.parametrize(
    "source",
    [
        "key.save()",
        "key.delete()",
        "ApiKey.objects.create(name='x')",
        "ApiKey.objects.filter(pk=1).update(name='x')",
        "self.get_queryset().filter(pk=1).delete()",
        "Tenant.objects.bulk_create(rows)",
        "serializer.save(tenant=tenant)",
    ],
)
def test_each_way_to_write_is_recognised(source: str) -> None:
    assert list(writes(source))


@pytest.mark.parametrize(
    "source", ["found.update(more)", "digest.update(b'')", "cache.delete('name')", "create(key)"]
)
def test_what_only_looks_like_a_write_is_left_alone(source: str) -> None:
    assert not list(writes(source))
