"""What must be done from time to time: blank what has expired, purge what nobody can restore.

Every job may be repeated and may run in several processes at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import close_old_connections

from apikeys.conf import settings
from apikeys.models import ApiKey, IdempotentRequest, SealedSecret
from apikeys.operations.reaching import utc_now
from apikeys.operations.remove import purge_key
from apikeys.operations.retention import purge_usage
from apikeys.operations.transactions import mutation

UPKEEP_INTERVAL_SECONDS = 60
_BATCH = 500

logger = logging.getLogger(__name__)


# Jobs of apps that stand on this one, by the name under which their rows are counted.
JOBS: dict[str, Callable[[datetime], int]] = {}


def run_once(now: datetime | None = None) -> dict[str, int]:
    """Run every job; returns how many rows each dealt with."""
    now = now or utc_now()
    return {
        "reveals": purge_reveals(now),
        "idempotency": purge_idempotency(now),
        "keys": purge_deleted_keys(now),
        "usage": purge_usage(now),
        **{name: job(now) for name, job in JOBS.items()},
    }


def run_forever(stop: threading.Event, interval_seconds: float = UPKEEP_INTERVAL_SECONDS) -> None:
    """Run the jobs until `stop` is set. A failed round is logged and tried again."""
    while not stop.is_set():
        try:
            run_once()
        except Exception as error:
            logger.error("upkeep failed", extra={"error": type(error).__name__})
        finally:
            close_old_connections()
        stop.wait(interval_seconds)


@mutation
def purge_reveals(now: datetime) -> int:
    """Drop one-time secrets whose page has expired, opened or not."""
    return SealedSecret.objects.filter(expires_at__lte=now).delete()[0]


@mutation
def purge_idempotency(now: datetime) -> int:
    """Blank replayable secrets after their minutes, forget requests after their day."""
    expired = IdempotentRequest.objects.filter(secrets_expire_at__lte=now, sealed__isnull=False)
    blanked = expired.update(sealed=None)
    return blanked + IdempotentRequest.objects.filter(expires_at__lte=now).delete()[0]


def purge_deleted_keys(now: datetime) -> int:
    """Remove keys that were deleted longer ago than they can be restored."""
    over = now - timedelta(days=settings.RETENTION_DAYS)
    keys = ApiKey.objects.select_related("tenant").filter(deleted_at__lte=over)[:_BATCH]
    return sum(purge_key(key, now) for key in keys)
