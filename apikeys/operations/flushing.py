"""The flusher: events move from the limiter's streams into the roll-ups, each exactly once.

The position in a stream moves in the transaction that counts its events. Whoever holds the lock of
the stream's row is its flusher; others pass it by.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Max

from apikeys import metrics
from apikeys.limiters.base import LimiterDown
from apikeys.models import Stream
from apikeys.operations.absorbing import absorb
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation

BATCH = 2_000
ROUND = 10  # batches of one stream at a time
# Within this time every process that serves has noticed a new epoch and told what it saw.
TESTIMONY = timedelta(seconds=10)

# For so long a limiter of another kind, which served before, may still be read by who knows how.
ABANDONED = timedelta(hours=1)

logger = logging.getLogger(__name__)


def flush(now: datetime | None = None) -> int:
    """Roll up everything that waits; returns how many events that were.

    Raises `LimiterDown`, once every stream that can be read is rolled up.
    """
    now = now or utc_now()
    done = 0
    problem: LimiterDown | None = None
    if not limiter().has_streams:  # whoever serves here may have some; they are not ours to end
        return 0
    for stream in Stream.objects.filter(drained_at=None).order_by("shard_id", "pk"):
        try:
            done += flush_stream(stream, now) if limiter().reads(stream.epoch) else 0
        except LimiterDown as down:
            problem = down  # the others may lie on nodes that answer
        except (DataError, IntegrityError, ValueError) as error:
            # What is wrong with one stream must not hold up the others.
            logger.error("a stream is stuck", extra={"error": type(error).__name__})
    _abandon(now)
    if problem:
        raise problem
    return done


def flush_stream(stream: Stream, now: datetime) -> int:
    """A round of it; one that is written to faster than it is read must not keep the others."""
    done = 0
    for _ in range(ROUND):
        moved = _flush_some(stream.pk)
        done += moved
        if not moved:
            if stream.ended_at is not None:
                _finish(stream.pk, now)
            break
    return done


def seconds_to_wait(now: datetime) -> float:
    """Until every stream of an epoch that has ended can be closed."""
    open_streams = Stream.objects.filter(drained_at=None)
    ended_at = open_streams.aggregate(latest=Max("ended_at"))["latest"]
    return 0.0 if ended_at is None else max(0.0, (ended_at + TESTIMONY - now).total_seconds())


def _flush_some(pk: int) -> int:
    count, position = _count_batch(pk)
    stream = Stream.objects.filter(pk=pk).first()
    metrics.flushed(count)
    if count and stream is not None:
        # Only now that they are committed; who dies before leaves them to be dropped by the next.
        limiter().forget(stream.shard_id, stream.epoch, position, drained=False)
    return count


@mutation
def _count_batch(pk: int) -> tuple[int, str]:
    stream = _locked(pk)
    if stream is None:
        return 0, ""
    entries = limiter().read(stream.shard_id, stream.epoch, stream.position, BATCH)
    if not entries:
        return 0, ""
    absorb([entry.event for entry in entries])
    Stream.objects.filter(pk=pk).update(position=entries[-1].position)
    return len(entries), entries[-1].position


@mutation
def _finish(pk: int, now: datetime) -> None:
    """Close a stream of an epoch that has ended, once it is empty."""
    stream = _locked(pk)
    if stream is None or stream.ended_at is None or stream.ended_at > now - TESTIMONY:
        return
    if stream.epoch in limiter().epochs().values():
        return  # this process may still write to it, whoever ended it
    if limiter().read(stream.shard_id, stream.epoch, stream.position, 1):
        return  # another flusher is not through with it
    last = limiter().last(stream.shard_id, stream.epoch)
    written = (stream.position, stream.witness)
    # A stream that is gone may have held anything; and if nobody is left who saw it, nobody knows
    # what is missing: all parts may have lost power.
    unknown = last is None or not stream.witness
    lossy = unknown or any(limiter().is_behind(last or "", it) for it in written)
    Stream.objects.filter(pk=pk).update(drained_at=now, lossy=lossy)
    shard, epoch = stream.shard_id, stream.epoch
    transaction.on_commit(lambda: limiter().forget(shard, epoch, "", drained=True))


def _abandon(now: datetime) -> None:
    """Close what only a limiter of another kind could read, as lossy, once nobody has for long."""
    left = Stream.objects.filter(drained_at=None, ended_at__lte=now - ABANDONED)
    for stream in left:
        if not limiter().reads(stream.epoch):
            logger.error("events of a limiter used before are lost", extra={"epoch": stream.epoch})
            _write_off(stream.pk, now)


@mutation
def _write_off(pk: int, now: datetime) -> None:
    Stream.objects.filter(pk=pk, drained_at=None).update(drained_at=now, lossy=True)


def _locked(pk: int) -> Stream | None:
    rows = Stream.objects.select_for_update(skip_locked=_can_skip(), of=("self",))
    return rows.filter(pk=pk, drained_at=None).first()


def _can_skip() -> bool:
    return bool(connection.features.has_select_for_update_skip_locked)
