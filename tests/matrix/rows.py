"""The tables of who may do what, read from every `authz_matrix.toml` below `tests`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent
FILE_NAME = "authz_matrix.toml"
ALL_BUT = "all but"

Expected = int | str


@dataclass(frozen=True)
class Row:
    """One method of one route. `expected` is by principal."""

    people: str
    path: str
    method: str
    ok: int
    expected: Mapping[str, Expected]
    needs: tuple[str, ...] = ()
    on: str = ""
    at: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    send: Mapping[str, Any] | None = None
    traced: bool = False

    @property
    def may_write(self) -> bool:
        """Whether whoever may is expected to leave something: a change, or a trace of a read."""
        return self.traced or self.method != "GET"

    def __str__(self) -> str:
        return f"{self.method} /{self.path}"

    def cells(self) -> Iterator[Cell]:
        """The row for every principal; for "all but" once for each thing that is needed."""
        for principal, expected in self.expected.items():
            if principal != ALL_BUT:
                yield Cell(self, principal, expected)
            for need in self.needs if principal == ALL_BUT else ():
                yield Cell(self, principal, expected, lacks=need)

    def address(self, thing: object) -> str:
        """Where the row's object is, or whatever stands in its place."""
        template = self.at or re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{self.path}")
        named = {
            name: _named(it, thing)
            for name, it in self.parameters.items()
            if f"{{{name}}}" in template
        }
        return template.format(**named)

    def body(self, thing: object) -> Mapping[str, Any] | None:
        """What is sent about the row's object: texts may have attributes of it in braces."""
        sent: Mapping[str, Any] | None = _filled(self.send, thing)
        return sent


def _filled(sent: Any, thing: object) -> Any:
    match sent:
        case str() if "{0." in sent:
            return sent.format(thing)
        case Mapping():
            return {name: _filled(member, thing) for name, member in sent.items()}
        case list():
            return [_filled(item, thing) for item in sent]
        case _:
            return sent


def _named(told: str, thing: object) -> object:
    """An attribute of the thing, or a text with attributes of it in braces: `ak_{0.hex}`."""
    return told.format(thing) if "{" in told and thing else getattr(thing, told, "")


@dataclass(frozen=True)
class Cell:
    """What one principal is to be answered on one row. `lacks` is what "all but" leaves out."""

    row: Row
    principal: str
    expected: Expected
    lacks: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.row), "by", self.principal, self.lacks)))


def tables() -> list[tuple[Path, dict[str, Any]]]:
    """Every file with its content."""
    return [(path, tomllib.loads(path.read_text())) for path in sorted(TESTS.rglob(FILE_NAME))]


def rows() -> Iterator[Row]:
    """Every row of every file."""
    for _, table in tables():
        for route in table["route"]:
            for methods, told in route["methods"].items():
                for method in methods.split():
                    yield _row(table, route, method, told)


def _row(
    table: Mapping[str, Any], route: Mapping[str, Any], method: str, told: Mapping[str, Any]
) -> Row:
    return Row(
        people=table["people"],
        path=route["path"],
        method=method,
        ok=told["ok"],
        expected=table["who"][told["who"]],
        needs=tuple(told.get("needs", ())),
        on=route.get("on", ""),
        at=route.get("at", ""),
        parameters=table.get("parameters", {}),
        send=told.get("send"),
        traced=told.get("traced", False),
    )
