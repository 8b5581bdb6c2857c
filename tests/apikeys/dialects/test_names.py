"""Every field of a vendor's key is served, and every name of it stands for an attribute."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from apikeys.api.documents import document_of
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.management.commands.apikeys_openapi import file_name
from tests.mounted import Dialect, dialects
from tests.service import REPOSITORY

pytestmark = pytest.mark.parametrize("dialect", dialects(), ids=str)


def shapes(dialect: Dialect) -> Mapping[str, Any]:
    """The shapes of its OpenAPI document, by their names."""
    found: Mapping[str, Any] = document_of(dialect.mount)["components"]["schemas"]
    return found


def members(shape: Mapping[str, Any]) -> set[str]:
    return set(shape.get("properties", ()))


def names(dialect: Dialect) -> Mapping[str, str]:
    """Native attribute → the vendor's word."""
    found: Mapping[str, str] = dialect.code("wire").NAMES
    return found


def test_each_field_of_the_vendors_models_is_documented(dialect: Dialect) -> None:
    told = shapes(dialect)
    for name, fields in dialect.part("fields").MODELS.items():
        assert fields <= members(told[name]), name


def test_each_field_is_an_attribute_or_has_its_reason(dialect: Dialect) -> None:
    part = dialect.part("fields")
    fields = {field for model in part.MODELS.values() for field in model}
    assert fields - set(names(dialect).values()) == part.WITHOUT_ATTRIBUTE.keys()
    assert all(part.WITHOUT_ATTRIBUTE.values())


def test_each_name_is_one_of_the_vendors(dialect: Dialect) -> None:
    shown = dialect.part("fields").MODELS
    taken = {name for name in shapes(dialect) if name.endswith("Request")}
    known = {it for name in (*shown, *taken) for it in members(shapes(dialect)[name])}
    assert set(names(dialect).values()) <= known


def test_each_name_stands_for_an_attribute(dialect: Dialect) -> None:
    assert names(dialect).keys() <= ATTRIBUTES.keys()


def test_the_document_is_the_committed_one_and_names_no_host(dialect: Dialect) -> None:
    committed = (REPOSITORY / "docs" / f"{file_name(dialect.mount)}.json").read_text()
    assert json.loads(committed) == document_of(dialect.mount)
    assert "servers" not in json.loads(committed)


def test_every_answer_is_documented_as_one_object(dialect: Dialect) -> None:
    calls = [call for it in document_of(dialect.mount)["paths"].values() for call in it.values()]
    answers = [answer for call in calls for answer in call["responses"].values()]
    shapes_told = [told["schema"] for it in answers for told in it.get("content", {}).values()]
    assert len(shapes_told) >= len(calls)
    assert all(set(it) == {"$ref"} for it in shapes_told)


def test_there_is_a_page_about_it(dialect: Dialect) -> None:
    page = (REPOSITORY / "docs" / f"{dialect}.md").read_text()
    assert "What differs" in page
    assert f"/{dialect.mount.prefix}".rstrip("/") in page
