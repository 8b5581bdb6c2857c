"""Under which names this dialect takes a key, for tests that must leave one alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.apikeys.dialects.playbook.speaking import BASE, KEYS
from tests.service import Service


def names_of(key: Mapping[str, Any], service: Service) -> Iterator[str]:
    """Of a key as the native API shows it: the number that its list tells."""
    found = service.call("GET", f"{BASE}{KEYS}/list?search={key['id']}").json()["apiKeys"]
    yield from (it["id"] for it in found)
