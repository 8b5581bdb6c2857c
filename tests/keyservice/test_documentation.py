"""The table of variables says what the code reads, no more and no less."""

from __future__ import annotations

import re

from tests.service import REPOSITORY

_VARIABLE = re.compile(r"\"(KEYSERVICE_[A-Z_]+|DATABASE_URL|REDIS_URL)\"")
_ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def test_the_documented_variables_are_those_that_are_read() -> None:
    sources = (REPOSITORY / "keyservice").glob("*.py")
    read = {name for source in sources for name in _VARIABLE.findall(source.read_text())}

    documented = _ROW.findall((REPOSITORY / "docs" / "environment.md").read_text())

    assert sorted(documented) == sorted(read)
