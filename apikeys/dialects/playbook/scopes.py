"""The scopes of the tenant model: a closed list of words, beside which a key may hold others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apikeys.domain.kinds import Choice, Items

_PREFIX = "TENANT_API_KEY_SCOPE_"
_READ = ("READ_JOBS", "READ_LEADS", "READ_WORKFLOWS", "READ_ANALYTICS", "READ_SETTINGS")
_WRITE = ("WRITE_JOBS", "WRITE_LEADS", "WRITE_WORKFLOWS", "WRITE_SETTINGS")
_DELETE = ("DELETE_JOBS", "DELETE_LEADS", "DELETE_WORKFLOWS")
_OTHER = ("EXPORT_DATA", "MANAGE_KEYS", "BILLING_READ", "BILLING_WRITE", "ADMIN")
TENANT_SCOPES = tuple(_PREFIX + word for word in (*_READ, *_WRITE, *_DELETE, *_OTHER))


@dataclass(frozen=True, slots=True)
class TenantScopes:
    """A list of the vendor's words. Its client takes no other, so others are not shown."""

    label: str = "list of tenant scopes"

    def clean(self, value: object) -> list[str]:
        return list(Items(Choice(TENANT_SCOPES)).clean(value))

    def show(self, value: Iterable[str]) -> list[str]:
        return [scope for scope in value if scope in TENANT_SCOPES]

    def schema(self) -> dict[str, Any]:
        return Items(Choice(TENANT_SCOPES)).schema()


def beside_foreign(chosen: Iterable[str], held: Iterable[str]) -> list[str]:
    """The words chosen here, and those of `held` that cannot be seen here."""
    return [*(scope for scope in held if scope not in TENANT_SCOPES), *chosen]
