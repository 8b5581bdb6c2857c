"""What the lists of clients and access keys can be narrowed by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from apikeys.admin.facets import Facet, TenantFacet
from apikeys.operations.reaching import utc_now
from clients.conf import settings
from clients.models import AccessKey, SigningKey

ALGORITHMS = ("EdDSA", "ES256", "ES384", "RS256")


def warned_before() -> datetime:
    """Keys that were made, or last used, before this moment are warned of."""
    return utc_now() - timedelta(days=settings.KEY_AGE_WARNING_DAYS)


class EnabledFacet(Facet):
    title = _("state")
    parameter_name = "enabled"
    words = [("yes", _("enabled")), ("no", _("disabled"))]

    def narrowed(self, queryset: Any, value: str) -> Any:
        return queryset.filter(enabled=value == "yes")


class ClientKeysFacet(Facet):
    """Clients by what is to be said of their active access keys."""

    title = _("access keys")
    parameter_name = "keys"
    words = [("old", _("with old keys")), ("unused", _("with unused keys")), ("none", _("none"))]

    def narrowed(self, queryset: Any, value: str) -> Any:
        its_own = AccessKey.objects.filter(client=OuterRef("pk"))
        match value:
            case "old":
                return queryset.filter(Exists(its_own.older_than(warned_before())))
            case "unused":
                return queryset.filter(Exists(its_own.unused_since(warned_before())))
            case _:
                return queryset.filter(~Exists(its_own.active()))


class KeyStatusFacet(Facet):
    """Access keys that somebody should look after. Deleted ones are shown to who asks for them."""

    title = _("status")
    parameter_name = "status"
    words = [("old", _("old")), ("unused", _("unused")), ("deleted", _("deleted"))]

    def unasked(self, queryset: Any) -> Any:
        return queryset.active()

    def narrowed(self, queryset: Any, value: str) -> Any:
        match value:
            case "old":
                return queryset.older_than(warned_before())
            case "unused":
                return queryset.unused_since(warned_before())
            case _:
                return queryset.filter(revoked_at__isnull=False)


class AlgorithmFacet(Facet):
    title = _("algorithm")
    parameter_name = "algorithm"
    words = [(word, word) for word in ALGORITHMS]


class KeyTenantFacet(TenantFacet):
    """Access keys by the tenant of their client."""

    column = "client__tenant"


class RoleFacet(Facet):
    title = _("role")
    parameter_name = "role"
    words = SigningKey.Role.choices
