from __future__ import annotations

from django.db import models
from django.db.models import Q

_COUNTS = (
    "requests_per_second",
    "requests_per_minute",
    "requests_per_day",
    "concurrent_requests",
    "monthly_request_quota",
    "max_uses",
    "credits",
    "credits_refill_amount",
    "max_staleness_seconds",
)


class UsageLimits(models.Model):
    """How much a key may be used: settings only; what was used is counted elsewhere."""

    key = models.OneToOneField(
        "apikeys.ApiKey", models.CASCADE, primary_key=True, related_name="limits"
    )
    requests_per_second = models.BigIntegerField(null=True)
    requests_per_minute = models.BigIntegerField(null=True)
    requests_per_day = models.BigIntegerField(null=True)
    concurrent_requests = models.BigIntegerField(null=True)
    monthly_request_quota = models.BigIntegerField(null=True)
    max_uses = models.BigIntegerField(null=True)
    credits = models.BigIntegerField(null=True)
    credits_refill_amount = models.BigIntegerField(null=True)
    credits_refill_interval = models.CharField(max_length=16, null=True)
    cost_per_request = models.CharField(max_length=24, null=True)
    billing_tier = models.CharField(max_length=64, null=True)
    max_staleness_seconds = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{name}__isnull": True})
                | Q(**{f"{name}__gte": 0, f"{name}__lt": 2**53}),
                name=f"apikeys_{name}_range",
            )
            for name in _COUNTS
        ]

    def __str__(self) -> str:
        return f"limits of {self.key_id}"
