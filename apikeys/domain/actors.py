"""Who acts: the one value that operations ask before they let something happen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from apikeys.domain.errors import GrantExceedsHolder, NotPermitted
from apikeys.domain.scopes import EVERYTHING, covers_scope, missing_scopes


@dataclass(frozen=True, slots=True)
class Actor:
    """A management credential, a staff member, or the system itself, on one request.

    `tenant_id` None reaches every tenant: the root key, staff, the system. `ip` and `request_id`
    go into the audit trail.
    """

    kind: str
    id: str
    scopes: tuple[str, ...]
    tenant_id: str | None = None
    home_tenant_id: str | None = None
    ip: str | None = None
    request_id: str | None = None

    @classmethod
    def system(cls, name: str = "system") -> Actor:
        """The deployment itself: management commands, first start, upkeep, host code."""
        return cls("system", name, (EVERYTHING,))

    @property
    def reaches_all_tenants(self) -> bool:
        return self.tenant_id is None

    def holds(self, scope: str) -> bool:
        return covers_scope(self.scopes, scope)

    def require(self, scope: str) -> None:
        """Raise `NotPermitted`, naming the scope, unless it is held."""
        if not self.holds(scope):
            detail = f"This needs the scope {scope}, which the credential lacks."
            raise NotPermitted(detail, scopes=(scope,))

    def require_grantable(self, scopes: Iterable[str]) -> None:
        """Raise unless every scope is held: nobody gives what they do not have."""
        if missing_scopes(self.scopes, scopes):
            raise GrantExceedsHolder

    def at(self, *, ip: str | None, request_id: str | None) -> Actor:
        """The same actor on a given request."""
        return replace(self, ip=ip, request_id=request_id)
