"""A key's status in SQL: the same answer as `domain.lifecycle.status_of`.

Written out as conditions on columns and not computed row by row, so that an index can find the
few revoked keys among millions.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from apikeys.domain.lifecycle import Status
from apikeys.models.secret import KeySecret


def standing(status: Status, now: datetime) -> Q:
    """Keys that have this status at `now`."""
    if status is Status.DELETED:
        return Q(deleted_at__isnull=False)
    here = Q(deleted_at=None)
    if status is Status.REVOKED:
        return here & Q(revoked_at__isnull=False)
    here &= Q(revoked_at=None)
    if status is Status.EXPIRED:
        return here & Q(expires_at__lte=now)
    here &= Q(expires_at=None) | Q(expires_at__gt=now)
    rotating = Q(Exists(KeySecret.objects.filter(key=OuterRef("pk"), retires_at__gt=now)))
    match status:
        case Status.ROTATING:
            return here & rotating & (Q(hold=None) | Q(hold=Status.DEPRECATED))
        case Status.DEPRECATED:
            return here & ~rotating & Q(hold=Status.DEPRECATED)
        case Status.ACTIVE:
            return here & ~rotating & Q(hold=None)
        case _:
            return here & Q(hold=status)
