"""Drop usage that is older than anybody may ask for."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from apikeys.conf import settings
from apikeys.models import RefusedAttempt, ReportedEvent, UsageBucket
from apikeys.operations.reporting import REMEMBERED
from apikeys.operations.transactions import mutation

_ROWS_A_BATCH = 1000  # each a transaction of its own, so that others get to write in between
_BATCHES_MAX = 100  # for each table; the next round goes on

_SPARE = timedelta(days=1)


def purge_usage(now: datetime) -> int:
    """Drop hourly counts after `USAGE_RETENTION_DAYS`, and ids of reports when none can come again.

    Returns how many rows went. The totals of a key, by endpoint too, go with the key.
    """
    oldest = now - timedelta(days=settings.USAGE_RETENTION_DAYS)
    return (
        _purge(UsageBucket.objects.filter(hour__lt=oldest))
        + _purge(RefusedAttempt.objects.filter(hour__lt=oldest))
        + _purge(ReportedEvent.objects.filter(received_at__lt=now - REMEMBERED - _SPARE))
    )


def _purge(old: models.QuerySet[models.Model]) -> int:
    gone = 0
    for _ in range(_BATCHES_MAX):
        dropped = _drop_batch(old)
        gone += dropped
        if dropped < _ROWS_A_BATCH:
            break
    return gone


@mutation
def _drop_batch(old: models.QuerySet[models.Model]) -> int:
    pks = list(old.order_by().values_list("pk", flat=True)[:_ROWS_A_BATCH])
    return old.filter(pk__in=pks).delete()[0]
