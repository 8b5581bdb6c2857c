"""The dialects that the project mounts, and their own parts of the tests.

A dialect in the package `apikeys.dialects.<name>` has its tests in `tests.apikeys.dialects.<name>`.
Tests that hold for all of them find them here, so that none of them names a dialect.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from apikeys.api.mounts import Mount, mount_at, mounts

DIALECTS = "apikeys.dialects."
NATIVE = "apikeys.api"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A mounted dialect. `conforms`, `face`, `fields` and `journeys` are parts of its tests."""

    mount: Mount

    def __str__(self) -> str:
        return self.mount.name

    def code(self, name: str) -> ModuleType:
        """A module of the dialect itself, such as `wire`."""
        return import_module(f"{self.mount.package}.{name}")

    def part(self, name: str) -> ModuleType:
        """A module of its tests, such as `conforms`."""
        return import_module(f"tests.{self.mount.package}.{name}")


def dialects() -> list[Dialect]:
    """Every dialect in which keys are managed, in the order of the mount table."""
    return [it for it in surfaces() if it.mount.package.startswith(DIALECTS)]


def surfaces() -> list[Dialect]:
    """Every surface that tells its errors in words of its own; not all of them are about keys."""
    return [Dialect(it) for it in mounts() if it.package != NATIVE]


def dialect_at(path: str) -> Dialect | None:
    """The dialect below whose mount this path lies."""
    mount = mount_at(path)
    return next((it for it in surfaces() if it.mount == mount), None)
