from __future__ import annotations

from django.db import models


class LedgerEntry(models.Model):
    """How much of one hard quota of a key is gone: the truth that outlives the limiter.

    kind: `day`, `month`, `uses` or `credits`; period: the UTC day or month, the refill period.
    granted: for credits, what there was to spend; the other quotas are set in `UsageLimits`.
    leased: units handed to the limiter, and gone whatever becomes of it; settled: those known to
    be spent; reserved: those held by reservations.
    lot: what the limiter holds is good for this lot alone. While an old lot is wound up, `closing`
    of its units are neither known to be spent nor given back, and `closing_*` say which it was.
    """

    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="ledger")
    kind = models.CharField(max_length=8)
    period = models.CharField(max_length=16, default="")
    granted = models.BigIntegerField(default=0)
    leased = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    lot = models.CharField(max_length=24)
    epoch = models.CharField(max_length=80, default="")
    leased_at = models.DateTimeField(null=True, db_index=True)
    closing = models.BigIntegerField(default=0)
    closing_lot = models.CharField(max_length=24, default="")
    closing_epoch = models.CharField(max_length=80, default="")
    closing_mark = models.CharField(max_length=64, default="")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["key", "kind"], name="apikeys_ledger_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.key_id}"


class Reservation(models.Model):
    """Credits held for a call whose price is known only afterwards."""

    public_id = models.CharField(max_length=40, unique=True)
    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="reservations")
    lot = models.CharField(max_length=24)
    credits = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.public_id
