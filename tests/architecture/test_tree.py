"""What no file of the repository may hold, and how long it may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, files

LINES_MAX = 300
#: A table of cases is read by its rows, so a file of tests may be longer.
LINES_OF_TESTS_MAX = 600

TEXT = [
    path
    for path in files()
    if path.suffix not in {".png", ".woff2", ".mo"} and path.name != "py.typed"
]
CODE = [
    path
    for path in files("*.py", "*.html", "*.css", "*.js", "*.lua")
    if "migrations" not in path.parts  # generated
]

FORBIDDEN = {
    # The lock has to install from whatever registry the machine is told to use.
    "the host of a package registry": r"\b(pypi|pythonhosted|npmjs)\.(org|com)\b",
    "a path of somebody's machine": r"(?<![\w.])/(root|home|work|Users)/",
    # Each of them is written so that it does not match itself.
    "a promise instead of code": r"\b(T[O]DO|F[I]XME|X[X]X)\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path}:{number}"
        for path in TEXT
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1)
        if pattern.search(line) and path != Path("tests/architecture/test_tree.py")
    ]
    assert not found


def test_a_file_stays_short_enough_to_be_read_at_once() -> None:
    lines = {path: len((ROOT / path).read_text().splitlines()) for path in CODE}
    assert not {
        str(path): count
        for path, count in lines.items()
        if count > (LINES_OF_TESTS_MAX if path.parts[0] == "tests" else LINES_MAX)
    }
