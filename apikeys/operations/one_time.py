"""Secrets that wait, sealed, for the one staff member who made them, whatever they are of.

Looking never consumes. Opening is one conditional UPDATE that also blanks the seal, so of any
number of clicks at once exactly one sees the secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet

from apikeys.conf import ring, settings
from apikeys.domain.errors import NotFound
from apikeys.domain.sealing import Purpose, seal_secrets, unseal_secrets
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, SealedSecret


def put(
    place: str,
    staff_id: int,
    secrets: Mapping[str, Secret],
    now: datetime,
    *,
    key: ApiKey | None = None,
) -> None:
    """Seal secrets, by name, for a page at this place, which only its holder can guess."""
    SealedSecret.objects.create(
        purpose=Purpose.REVEAL,
        place=place,
        key=key,
        staff_id=staff_id,
        sealed=seal_secrets(ring(), Purpose.REVEAL, place, secrets),
        created_at=now,
        expires_at=now + timedelta(seconds=settings.REVEAL_SECONDS),
    )


def page_at(place: str, staff_id: int) -> SealedSecret:
    """The page, open or not. Raises `NotFound` for a stranger."""
    pages = SealedSecret.objects.select_related("key__tenant").filter(purpose=Purpose.REVEAL)
    page = pages.filter(place=place, staff_id=staff_id).first()
    if page is None:
        raise NotFound
    return page


def waiting(staff_id: int, now: datetime) -> QuerySet[SealedSecret]:
    """The pages that this staff member can still open, those that expire first in front."""
    pages = SealedSecret.objects.filter(purpose=Purpose.REVEAL, staff_id=staff_id)
    open_ones = pages.filter(opened_at=None, expires_at__gt=now)
    return open_ones.defer("sealed").order_by("expires_at")


def is_waiting(page: SealedSecret, now: datetime) -> bool:
    """Whether the page can still be opened."""
    return page.sealed is not None and page.expires_at is not None and page.expires_at > now


def take(page: SealedSecret, now: datetime) -> dict[str, Secret] | None:
    """Claim the page and give its secrets; None when somebody was first or it has expired."""
    won = SealedSecret.objects.filter(
        pk=page.pk, opened_at=None, expires_at__gt=now, sealed__isnull=False
    ).update(sealed=None, opened_at=now)
    if not won or page.sealed is None:
        return None
    return unseal_secrets(ring(), Purpose.REVEAL, page.place, page.sealed)
