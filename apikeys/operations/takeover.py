"""From a service without Redis to one with it, on the same database."""

from __future__ import annotations

import logging
from pathlib import Path

from django.db import DataError, IntegrityError

from apikeys.limiters.base import JOURNAL
from apikeys.limiters.memory import MemoryLimiter
from apikeys.models import Stream
from apikeys.operations.epochs import testify
from apikeys.operations.flushing import TESTIMONY, flush_stream
from apikeys.operations.limiting import install, limiter
from apikeys.operations.reaching import utc_now
from apikeys.operations.transactions import mutation

logger = logging.getLogger(__name__)


def take_over(directory: Path) -> int:
    """Roll up what was journaled into a directory by a process that serves no longer.

    Returns how many events that were. Before this process asks a limiter of its own anything.
    """
    install(MemoryLimiter(directory))
    try:
        return sum(_rolled_up(stream) for stream in _ended_streams())
    finally:
        install(None)


@mutation
def _ended_streams() -> list[Stream]:
    """Those of which there are files here; others may lie on another disk."""
    waiting = Stream.objects.filter(epoch__startswith=JOURNAL, drained_at=None)
    here = [it.pk for it in waiting if limiter().last(it.shard_id, it.epoch) is not None]
    Stream.objects.filter(pk__in=here, ended_at=None).update(ended_at=utc_now())
    testify()
    return list(Stream.objects.filter(pk__in=here))


def _rolled_up(stream: Stream) -> int:
    """The rest of one that is damaged is written off later, as one that lies elsewhere is."""
    later, done = utc_now() + TESTIMONY, 0
    try:
        while moved := flush_stream(stream, later):
            done += moved
    except (DataError, IntegrityError, ValueError, OSError) as error:
        logger.error("a stream is stuck", extra={"error": type(error).__name__})
    return done
