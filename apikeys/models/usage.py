from __future__ import annotations

from django.db import models


class UsageTotals(models.Model):
    """What a key was used for in all: written by the metering, never by people.

    `latency_ms_sum` over `reported` answers is the average response time, in milliseconds.
    """

    key = models.OneToOneField(
        "apikeys.ApiKey", models.CASCADE, primary_key=True, related_name="totals"
    )
    total_requests = models.BigIntegerField(default=0)
    total_errors = models.BigIntegerField(default=0)
    successful_requests_count = models.BigIntegerField(default=0)
    latency_ms_sum = models.BigIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"totals of {self.key_id}"

    @property
    def reported(self) -> int:
        return self.successful_requests_count + self.total_errors

    @property
    def success_rate(self) -> float | None:
        """Successes over reported outcomes; None before the first report."""
        return round(self.successful_requests_count / self.reported, 6) if self.reported else None

    @property
    def average_response_time(self) -> float | None:
        """Milliseconds; None before the first report."""
        return round(self.latency_ms_sum / self.reported, 3) if self.reported else None
