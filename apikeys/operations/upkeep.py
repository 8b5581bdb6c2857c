"""The worker's jobs: roll events up, finish what was interrupted, purge what is past.

Every job may be repeated and may run in several processes at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import close_old_connections

from apikeys import metrics
from apikeys.conf import settings
from apikeys.limiters.base import LimiterDown
from apikeys.models import ApiKey, IdempotentRequest, MeterState, SealedSecret
from apikeys.operations.changes import publish_pending
from apikeys.operations.epochs import attend
from apikeys.operations.flushing import flush
from apikeys.operations.reaching import utc_now
from apikeys.operations.reconciling import reconcile
from apikeys.operations.remove import purge_key
from apikeys.operations.reservations import release_expired
from apikeys.operations.retention import purge_usage
from apikeys.operations.transactions import mutation

TICK_SECONDS = 0.5
MINUTE_SECONDS = 60
_BATCH = 500

logger = logging.getLogger(__name__)

Job = Callable[[datetime], int]

# Jobs of apps that stand on this one, by the name under which their rows are counted.
JOBS: dict[str, Job] = {}


@dataclass(frozen=True, slots=True)
class Duty:
    """A job, and after how many seconds it is done again. It returns how much it dealt with."""

    name: str
    every_seconds: float
    job: Job


def duties() -> Iterator[Duty]:
    """All jobs, in the order in which one round does them."""
    yield Duty("outbox", TICK_SECONDS, publish_pending)
    yield Duty("events", TICK_SECONDS, flush)
    yield Duty("ledger", 10, reconcile)
    yield Duty("reservations", 10, release_expired)
    yield Duty("reveals", MINUTE_SECONDS, purge_reveals)
    yield Duty("idempotency", MINUTE_SECONDS, purge_idempotency)
    yield Duty("keys", MINUTE_SECONDS, purge_deleted_keys)
    yield Duty("usage", MINUTE_SECONDS, purge_usage)
    yield Duty("meters", MINUTE_SECONDS, purge_meters)
    for name, job in JOBS.items():
        yield Duty(name, MINUTE_SECONDS, job)


def run_once(now: datetime | None = None, *, only: Collection[str] | None = None) -> dict[str, int]:
    """Run every job, or those that are named; returns how much each dealt with.

    Raises `LimiterDown`, once the jobs that need no limiter are done.
    """
    now = now or utc_now()
    done: dict[str, int] = {}
    problem: LimiterDown | None = None
    for duty in duties():
        if only is None or duty.name in only:
            try:
                done[duty.name] = duty.job(now)
            except LimiterDown as down:
                problem = down
    if problem:
        raise problem
    return done


def purges() -> tuple[str, ...]:
    """The jobs that remove what is past."""
    return tuple(duty.name for duty in duties() if duty.every_seconds == MINUTE_SECONDS)


def run_forever(stop: threading.Event, tick_seconds: float = TICK_SECONDS) -> None:
    """Run each job when it is due, until `stop` is set. One that fails is logged and tried again.

    When it is told to stop it rolls up what has come in meanwhile.
    """
    due: dict[str, float] = {}
    while not stop.is_set():
        _round(due)
        stop.wait(tick_seconds)
    _attempt(Duty("events", 0, flush))
    close_old_connections()


def _round(due: dict[str, float]) -> None:
    for duty in duties():
        if time.monotonic() >= due.get(duty.name, 0.0):
            _attempt(duty)
            due[duty.name] = time.monotonic() + duty.every_seconds
    _attempt(Duty("epochs", 0, _attend))
    _attempt(Duty("metrics", 0, _tell_metrics))
    close_old_connections()


def _attend(_: datetime) -> int:
    """The worker may be the one that is left to tell how far streams were written."""
    with suppress(LimiterDown):  # of which the other jobs tell
        attend()
    return 0


def _tell_metrics(_: datetime) -> int:
    metrics.settle()
    return 0


def _attempt(duty: Duty) -> None:
    try:
        duty.job(utc_now())
    except Exception as error:
        logger.error("a job failed", extra={"job": duty.name, "error": type(error).__name__})
        close_old_connections()


@mutation
def purge_meters(now: datetime) -> int:
    """Drop meters in the database that were not used for a month, the longest window there is."""
    return MeterState.objects.filter(updated_at__lt=now - timedelta(days=31)).delete()[0]


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
