"""Epochs of the limiter: which memory of it is to be believed, agreed upon in the database."""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections
from django.db.models import Q

from apikeys import metrics
from apikeys.limiters.base import EpochLost, LimiterDown
from apikeys.models import Shard, Stream
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import apart, mutation

TICK_SECONDS = 1.0

logger = logging.getLogger(__name__)


def establish(shard: int) -> None:
    """Believe in the epoch of a shard, begun anew if the limiter lost the one of the database."""
    if limiter().has_streams:  # the database has one epoch, and forgets nothing
        limiter().adopt(shard, _agreed(shard))


def attend_forever(stop: threading.Event, tick_seconds: float = TICK_SECONDS) -> None:
    """Notice the end of epochs also while nothing is asked of this process, and how far streams are
    written, so that it tells in time what it saw; and tell the metrics what was counted. For a
    thread of every process that serves.
    """
    while not stop.wait(tick_seconds):
        try:
            metrics.settle()
            attend()
        except Exception as error:  # without parts there is nothing to notice
            logger.warning("cannot attend", extra={"error": type(error).__name__})
        close_old_connections()


def attend() -> None:
    """Look at every shard once. Raises `LimiterDown` when that of some could not be asked."""
    problem: LimiterDown | None = None
    for shard in range(limiter().shards):
        try:
            _attend_to(shard)
        except LimiterDown as down:  # the others may lie on nodes that answer
            problem = down
    if problem:
        raise problem


def _attend_to(shard: int) -> None:
    try:
        limiter().attend(shard)
    except EpochLost:
        establish(shard)


@apart
@mutation
def _agreed(shard: int) -> str:
    """Under the lock of the shard's row, so that all processes come to the same one."""
    Shard.objects.get_or_create(number=shard)
    row = Shard.objects.select_for_update().get(pk=shard)
    stored = limiter().current_epoch(shard)
    stream = Stream.objects.filter(shard=row, epoch=stored).first()
    if stored and row.epoch and stream is None:
        # Whoever loses its memory loses the name of the epoch as well. This is somebody else's.
        logger.error("the limiter serves another database too: give each a Redis of its own")
    # An epoch that another kind of limiter ended meanwhile is over, whatever this one remembers.
    if stream is None or stream.ended_at is not None:
        stored = _begin(row)
    testify()
    return stored


def _begin(row: Shard) -> str:
    began = limiter().begin_epoch(row.pk)
    # Also those of shards that an earlier limiter of another kind had beside.
    over = Q(shard=row) | Q(shard_id__gte=limiter().shards)
    Stream.objects.filter(over, ended_at=None).update(ended_at=utc_now())
    Stream.objects.create(shard=row, epoch=began)
    Shard.objects.filter(pk=row.pk).update(epoch=began)
    return began


def testify() -> None:
    """Tell what this process saw written, for streams that have ended and may have lost it.

    Of all shards: a server that was lost had many of them, and this may be the only one of which
    the process is asked in time. Of none that goes on: what was told of it would stand there when
    all who saw what came after are gone, and they would not be missed.
    """
    for stream in Stream.objects.filter(drained_at=None, ended_at__isnull=False).order_by("pk"):
        seen = limiter().witness(stream.shard_id, stream.epoch)
        if seen and (not stream.witness or limiter().is_behind(stream.witness, seen)):
            Stream.objects.filter(pk=stream.pk).update(witness=seen)
