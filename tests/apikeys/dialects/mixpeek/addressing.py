"""Under which names this dialect takes a key, for tests that must leave one alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.service import Service


def names_of(key: Mapping[str, Any], service: Service) -> Iterator[str]:
    """Of a key as the native API shows it."""
    yield from (key["id"], key["name"])
