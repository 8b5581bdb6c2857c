"""Names that must be free, for surfaces where the name of a key is its address."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from apikeys.domain.errors import NameTaken
from apikeys.models import ApiKey, Tenant


def require_free_name(
    tenant: Tenant, subject: str, name: str, now: datetime, *, but: ApiKey | None = None
) -> None:
    """Raise `NameTaken` if another live key of this subject has the name.

    Locks the tenant, so of two that want the same name at once the second finds the first.
    """
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    namesakes = ApiKey.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        tenant=tenant,
        subject=subject,
        name=name,
        revoked_at=None,
        deleted_at=None,
    )
    if but is not None:
        namesakes = namesakes.exclude(pk=but.pk)
    if namesakes.exists():
        raise NameTaken
