from __future__ import annotations

import importlib
import pkgutil
import re
import time

import pytest

from apikeys import domain

HOSTILE = [
    unit * (10_000 // len(unit)) + end
    for unit in ("a", "0", "A1", "_", "-", ".", ":", "0.", "a.", "::", " ", "\n", "*.", "=", "/")
    for end in ("", "!", "\n")
]


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Every compiled pattern that a module of the domain holds."""
    return [
        (f"{info.name}.{name}", value)
        for info in pkgutil.iter_modules(domain.__path__)
        for name, value in vars(importlib.import_module(f"apikeys.domain.{info.name}")).items()
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    ]


def test_the_walk_finds_the_patterns() -> None:
    assert {"minting.PATTERN", "sealing._FORM", "origins._LABEL"} <= dict(patterns()).keys()


@pytest.mark.parametrize(
    "pattern", [pytest.param(pattern, id=name) for name, pattern in patterns()]
)
def test_no_long_text_makes_a_pattern_slow(pattern: re.Pattern[str]) -> None:
    for text in HOSTILE:
        started = time.process_time()
        pattern.match(text)
        pattern.search(text)
        assert time.process_time() - started < 0.05
