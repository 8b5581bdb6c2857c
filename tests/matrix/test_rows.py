"""The tables are complete: no route without a row, no row without a route, nobody left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.matrix.people import PEOPLE
from tests.matrix.routes import served
from tests.matrix.rows import TESTS, Row, rows, tables
from tests.matrix.things import THINGS, Nobodys


def declared() -> Counter[tuple[str, str]]:
    return Counter((row.path, row.method) for row in rows())


def listed(pairs: set[tuple[str, str]]) -> str:
    return "".join(f"\n  {method} {path!r}" for path, method in sorted(pairs))


def test_every_route_and_method_has_its_row() -> None:
    missing = set(served()) - set(declared())
    assert not missing, f"add to the authz_matrix.toml of the surface:{listed(missing)}"


def test_every_row_has_its_route() -> None:
    stale = set(declared()) - set(served())
    assert not stale, f"take out of the authz_matrix.toml of the surface:{listed(stale)}"


def test_no_row_is_there_twice() -> None:
    twice = {pair for pair, count in declared().items() if count > 1}
    assert not twice, listed(twice)


@pytest.mark.parametrize(
    ("path", "table"), tables(), ids=[str(path.relative_to(TESTS)) for path, _ in tables()]
)
def test_every_way_to_answer_tells_about_every_principal(path: Path, table: dict[str, Any]) -> None:
    everybody = set(PEOPLE[table["people"]])
    assert {name: set(told) for name, told in table["who"].items()} == dict.fromkeys(
        table["who"], everybody
    )


def test_every_row_is_about_a_thing_that_can_be_made() -> None:
    assert {row.on for row in rows()} <= set(THINGS)


def test_who_may_with_something_needs_something() -> None:
    vague = [str(row) for row in rows() if not row.needs and row.expected["all but"] == 403]
    assert not vague


def test_a_body_may_name_the_object_that_is_asked_for() -> None:
    row = Row("callers", "keys", "PUT", 200, {}, send={"keys": [{"id": "{0.number}", "n": 1}]})
    assert row.body(Nobodys("key_0")) == {"keys": [{"id": str(2**62), "n": 1}]}
