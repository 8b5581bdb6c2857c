from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from apikeys.domain.limits import micros, period_of


class LedgerEntry(models.Model):
    """How much of one hard quota of a key is gone: the truth that outlives the limiter.

    kind: `day`, `month`, `uses` or `credits`; period: the UTC day or month, the refill period.
    granted: for credits, what there was to spend; the other quotas are set in `UsageLimits`.
    leased: units handed to the limiter, and gone whatever becomes of it; settled: those known to
    be spent; reserved: those held by reservations. A refill counts what is held as gone; void: as
    many credits as it put in for them, which do not come back when they are not used in the end.
    What the limiter holds is good for `lot` alone, and was leased last in `epoch` at `leased_at`.
    """

    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="ledger")
    kind = models.CharField(max_length=8)
    period = models.CharField(max_length=16, default="")
    granted = models.BigIntegerField(default=0)
    leased = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    void = models.BigIntegerField(default=0, db_default=0)
    lot = models.CharField(max_length=24)
    epoch = models.CharField(max_length=80, default="")
    leased_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            # Of those alone that may have to be reconciled.
            models.Index(
                fields=["leased_at"],
                condition=models.Q(leased__gt=models.F("settled")),
                name="apikeys_ledger_open",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key", "kind"], name="apikeys_ledger_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.key_id}"


class ClosingLot(models.Model):
    """Units of a lot that is wound up: neither known to be spent nor given back yet.

    They are once every event of `epoch` up to `mark` is rolled up; an empty mark is all of them.
    """

    entry = models.ForeignKey(LedgerEntry, models.CASCADE, related_name="closing")
    lot = models.CharField(max_length=24, unique=True)
    epoch = models.CharField(max_length=80)
    mark = models.CharField(max_length=64, default="")
    units = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"lot {self.lot}"


class Reservation(models.Model):
    """Credits held for a call whose price is known only afterwards; the row ends with it.

    `is_refilled`: a refill came meanwhile, see `LedgerEntry.void`.
    """

    public_id = models.CharField(max_length=40, unique=True)
    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="reservations")
    credits = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    is_refilled = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.public_id


def credits_left(key: Any, now: datetime) -> int | None:
    """What a key (read with `whole()`) can still spend; None if its credits are not counted.

    A refill that is due counts, though it is booked only with the next use.
    """
    limits = key.limits
    configured: int | None = limits.credits
    if configured is None:
        return None
    entry = next((it for it in key.its("ledger") if it.kind == "credits"), None)
    if entry is None:
        return configured
    left: int = entry.granted - entry.settled - entry.reserved
    period = period_of("credits", micros(now), limits.credits_refill_interval)
    if limits.credits_refill_amount is not None and period.label > entry.period:
        return max(left, int(limits.credits_refill_amount))
    return left
