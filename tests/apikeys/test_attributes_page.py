"""`docs/attributes.md` says what the code does, cell by cell.

A column of a dialect that is no longer mounted breaks nothing here: whoever deletes a dialect may
leave the page as it is until it is next written.
"""

from __future__ import annotations

import difflib

import pytest

from apikeys.domain.attributes import ATTRIBUTES
from tests.apikeys.attributes_page import COLUMNS, columns, dialect_names, page, row
from tests.service import REPOSITORY

PAGE = REPOSITORY / "docs" / "attributes.md"


def lines() -> list[str]:
    """The lines of the page, without the columns of dialects that are not mounted."""
    written = PAGE.read_text().splitlines()
    head = next(_split(line) for line in written if line.startswith("| attribute "))
    kept = [number for number, name in enumerate(head) if name in columns()]
    return [_narrowed(line, kept) if line.startswith("| ") else line for line in written]


def _narrowed(line: str, kept: list[int]) -> str:
    cells = _split(line)
    return f"| {' | '.join(cells[number] for number in kept)} |"


def rows() -> dict[str, list[str]]:
    """The rows of the page by their first cell."""
    cells = [_split(line) for line in lines() if line.startswith("| `")]
    return {it[0]: it for it in cells}


def _split(line: str) -> list[str]:
    whole = line.strip("|").replace("\\|", "\0")
    return [cell.replace("\0", "\\|").strip() for cell in whole.split("|")]


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
    difference = "\n".join(difflib.unified_diff(lines(), page().splitlines(), "page", "code"))
    assert not difference, f"run: python -m tests.apikeys.attributes_page\n{difference}"
