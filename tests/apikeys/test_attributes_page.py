"""`docs/attributes.md` says what the code does, cell by cell."""

from __future__ import annotations

import difflib

import pytest

from apikeys.domain.attributes import ATTRIBUTES
from tests.apikeys.attributes_page import COLUMNS, columns, dialect_names, page, row
from tests.service import REPOSITORY

PAGE = REPOSITORY / "docs" / "attributes.md"


def rows() -> dict[str, list[str]]:
    """The rows of the page by their first cell."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in _split(line)] for line in lines]
    return {it[0]: it for it in cells}


def _split(line: str) -> list[str]:
    whole = line.strip("|").replace("\\|", "\0")
    return [cell.replace("\0", "\\|") for cell in whole.split("|")]


def test_every_attribute_has_its_row_and_nothing_else_has_one() -> None:
    assert list(rows()) == [f"`{name}`" for name in ATTRIBUTES]


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_every_cell_is_as_the_code_says(name: str) -> None:
    written = dict(zip(columns(), rows()[f"`{name}`"], strict=True))
    assert written == dict(zip(columns(), row(ATTRIBUTES[name]), strict=True))


def test_every_dialect_has_a_column_with_all_its_names() -> None:
    for number, (dialect, names) in enumerate(dialect_names().items(), len(COLUMNS)):
        column = {name: cells[number] for name, cells in rows().items()}
        told = {f"`{ours}`": f"`{theirs}`" for ours, theirs in names.items()}
        assert {name: word for name, word in column.items() if word != "-"} == told, dialect


def test_the_page_is_up_to_date() -> None:
    expected, written = page().splitlines(), PAGE.read_text().splitlines()
    difference = "\n".join(difflib.unified_diff(written, expected, "page", "code", lineterm=""))
    assert not difference, f"run: python -m tests.apikeys.attributes_page\n{difference}"
