"""Grants: what a key may do, and whether that covers what a call asks for.

Three vocabularies. `scopes` are words, ours for management credentials and the application's own
for every other key; `*` covers all, and a trailing `*` behind `:`, `.` or `/` covers what follows.
`permissions` are ordered: read < write < delete < admin, each covering the ones before it.
`resource_scopes` name resources by type and id, with `*` in ids, and the operations on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from apikeys.domain.kinds import Choice, Items, Text
from apikeys.domain.structures import Record

EVERYTHING = "*"
PERMISSIONS = ("read", "write", "delete", "admin")

MANAGEMENT_SCOPES = (
    "api_keys:read",
    "api_keys:write",
    "api_keys:verify",
    "api_keys:reveal",
    "api_keys:revoke",
    "clients:read",
    "clients:write",
    "usage:read",
    "usage:write",
    "audit:read",
    "tenants:read",
    "tenants:write",
    EVERYTHING,
)


@dataclass(frozen=True, slots=True)
class ResourceScope:
    """Resources a key may touch. `operations` None means every operation."""

    resource_type: str
    resource_id: str
    operations: tuple[str, ...] | None = None

    def covers(self, wanted: Resource) -> bool:
        return (
            self.resource_type == wanted.type
            and _id_matches(self.resource_id, wanted.id)
            and (self.operations is None or wanted.operation in self.operations)
        )

    def as_json(self) -> dict[str, Any]:
        """As the wire shows it."""
        shown: dict[str, Any] = {
            "resource_type": self.resource_type,
            "resource_id": self.resource_id,
        }
        return shown | ({} if self.operations is None else {"operations": list(self.operations)})


@dataclass(frozen=True, slots=True)
class Resource:
    """The resource a call touches. Without `operation` only a scope on all operations covers."""

    type: str
    id: str
    operation: str | None = None


def covers_scope(held: Iterable[str], wanted: str) -> bool:
    """Whether one of `held` is `wanted` or a wildcard over it."""
    return any(_scope_covers(scope, wanted) for scope in held)


def missing_scopes(held: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """The words of `wanted` that `held` does not cover, in their order."""
    held = tuple(held)
    return tuple(scope for scope in wanted if not covers_scope(held, scope))


def covers_permission(held: Iterable[str], wanted: str) -> bool:
    """Whether the highest of `held` reaches `wanted`."""
    reach = max((PERMISSIONS.index(permission) for permission in held), default=-1)
    return wanted in PERMISSIONS and PERMISSIONS.index(wanted) <= reach


def _scope_covers(held: str, wanted: str) -> bool:
    if held in (EVERYTHING, wanted):
        return True
    return held.endswith((":*", ".*", "/*")) and wanted.startswith(held[:-1])


def _id_matches(pattern: str, resource_id: str) -> bool:
    """`*` stands for any run of characters; `?` and `[` mean themselves."""
    if "*" not in pattern:
        return pattern == resource_id
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(resource_id, literal)


def _at_most_two_stars(pattern: str) -> str:
    if pattern.count("*") > 2:
        raise ValueError("Use at most two * in a resource id.")
    return pattern


RESOURCE_SCOPE = Record(
    members={
        "resource_type": Text(100, min_length=1),
        "resource_id": Text(200, min_length=1, check=_at_most_two_stars),
        "operations": Items(Text(100, min_length=1), max_items=50),
    },
    required=("resource_type", "resource_id"),
    build=lambda members: ResourceScope(**members),
    label="resource scope",
)
RESOURCE = Record(
    members={
        "type": Text(100, min_length=1),
        "id": Text(200, min_length=1),
        "operation": Text(100, min_length=1),
    },
    required=("type", "id"),
    build=lambda members: Resource(**members),
    label="resource",
)
PERMISSION = Choice(PERMISSIONS, label="permission")
