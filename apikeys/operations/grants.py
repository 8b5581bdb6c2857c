"""Who may give what to a key, and the credential that must always remain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from apikeys.domain.actors import Actor
from apikeys.domain.errors import GrantExceedsHolder, LastRootCredential
from apikeys.domain.scopes import EVERYTHING, MANAGEMENT_SCOPES, covers_scope
from apikeys.models import ApiKey, KeyLabel, Tenant


def require_grantable(actor: Actor, key_type: str, scopes: Iterable[str]) -> None:
    """Management scopes can only be given by who holds them; other words are free."""
    if key_type == "management":
        actor.require_grantable(scopes)


def managed_by(words: Iterable[str]) -> list[str]:
    """The management scopes that free words amount to, wildcards among them included."""
    held = list(words)
    return [scope for scope in MANAGEMENT_SCOPES if covers_scope(held, scope)]


def require_equal(actor: Actor, key: ApiKey) -> None:
    """Raise unless the actor holds what the key does.

    For whatever gives a secret of the key to the actor, or lets an old one be used again.
    """
    require_reach(actor, key)
    require_grantable(actor, key.key_type, key.scopes)


def require_reach(actor: Actor, key: ApiKey) -> None:
    """Raise if the key is the root key and the actor reaches less: it is more than its scopes."""
    if key.is_root and not actor.reaches_all_tenants:
        raise GrantExceedsHolder


def is_root_credential(key: ApiKey) -> bool:
    """Whether the key is one of those of which the last must stay."""
    return key.tenant.is_default and key.key_type == "management" and EVERYTHING in key.scopes


def require_root_remains(tenant: Tenant, now: datetime) -> None:
    """Raise when no standing credential with `*` is left in the default tenant.

    Called behind the change, inside its transaction, so that the change is undone. The tenant row
    is locked first: two such changes at once would each see the other's credential still there.
    """
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    standing = (
        ApiKey.objects.existing()
        .filter(tenant=tenant, key_type="management", revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .filter(Q(hold=None) | Q(hold="deprecated"))
        .labelled(KeyLabel.SCOPE, EVERYTHING)
    )
    if not standing.exists():
        raise LastRootCredential
