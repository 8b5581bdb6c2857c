"""Requests of what is not a key, counted by the limiter of the keys: no quota, and no event."""

from __future__ import annotations

from apikeys.domain.limits import Limits
from apikeys.domain.metering import Ask
from apikeys.domain.usage import Attempt
from apikeys.domain.verdict import UNDETERMINED, Outcome, Verdict
from apikeys.limiters.base import EpochLost, LimiterDown, Request, Step, Subject, Taken, shard_of
from apikeys.models import Tenant
from apikeys.operations import epochs
from apikeys.operations.cases import limited
from apikeys.operations.limiting import limiter

# Newer than anything that is published: its limits are read anew each time, and never outdated.
_VERSION = 2**52
_TRIES = 4
_ONCE = Ask(silent=True)


def count_request(subject_id: str, tenant: Tenant, limits: Limits) -> Verdict:
    """One request against buckets: valid, `rate_limited`, or `undetermined` without a limiter.

    A tenant that prefers it is let through then, as with keys.
    """
    try:
        taken = _taken(subject_id, tenant, limits)
    except LimiterDown:
        if tenant.on_limiter_loss == Tenant.OnLimiterLoss.ALLOW:
            return Verdict(Outcome.VALID)
        return UNDETERMINED
    return limited(Verdict(Outcome.VALID), limits, taken)


def _taken(subject_id: str, tenant: Tenant, limits: Limits) -> Taken:
    """Raises `LimiterDown`."""
    shard = shard_of(subject_id, limiter().shards)
    for _ in range(_TRIES):
        try:
            epoch = limiter().epoch(shard)
            subject = Subject(
                subject_id, tenant.public_id, _VERSION, _VERSION, shard, epoch, limits
            )
            [taken] = limiter().take([Request(subject, _ONCE, Attempt(tenant.pk))])
        except EpochLost as lost:
            epochs.establish(lost.shard)
            continue
        if taken.step is Step.DONE:
            return taken
    raise LimiterDown
