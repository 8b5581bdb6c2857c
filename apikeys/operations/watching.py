"""How the engine stands at this moment: what waits, and what the ledger has not heard of yet."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from apikeys.limiters.base import EpochLost, LimiterDown
from apikeys.models import ClosingLot, Stream
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineState:
    """`backlog` in events, `lag_seconds` the age of the oldest, `closing_units` of quotas."""

    backlog: int
    lag_seconds: float
    closing_units: int
    limiter_answers: bool


def engine_state(now: datetime | None = None) -> EngineState:
    """Asks the database and the limiter; a limiter that is down has nothing to tell."""
    now = now or utc_now()
    closing = ClosingLot.objects.aggregate(units=Sum("units"))["units"] or 0
    try:
        waiting = Stream.objects.filter(drained_at=None)
        streams = [stream for stream in waiting if limiter().reads(stream.epoch)]
        backlog = sum(limiter().backlog(shard) for shard in {it.shard_id for it in streams})
        lag = max((_lag(stream, now) for stream in streams), default=0.0)
        return EngineState(backlog, lag, closing, limiter_answers=True)
    except (LimiterDown, EpochLost) as error:
        logger.warning("the limiter tells nothing", extra={"error": type(error).__name__})
        return EngineState(0, 0.0, closing, limiter_answers=isinstance(error, EpochLost))


def _lag(stream: Stream, now: datetime) -> float:
    oldest = limiter().read(stream.shard_id, stream.epoch, stream.position, 1)
    return max(0.0, (now - oldest[0].event.at).total_seconds()) if oldest else 0.0
