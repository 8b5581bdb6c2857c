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


class UsageBucket(models.Model):
    """One key's verifies within one UTC hour, by endpoint and verdict.

    Outcomes that callers reported stand under the verdict `reported`: only there `errors` and
    `latency_ms_sum` count. `cost` is the sum of what the valid ones cost, in credits.
    """

    REPORTED = "reported"

    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="usage")
    hour = models.DateTimeField(db_index=True)
    endpoint = models.CharField(max_length=128, default="")
    verdict = models.CharField(max_length=32)
    requests = models.BigIntegerField(default=0)
    cost = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    latency_ms_sum = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["key", "hour", "endpoint", "verdict"], name="apikeys_usage_once"
            ),
        ]

    def __str__(self) -> str:
        return f"usage of {self.key_id} at {self.hour}"


class EndpointTotals(models.Model):
    """One key's use of one endpoint in all; at most 200 of them a key, the rest under `other`."""

    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="endpoints")
    endpoint = models.CharField(max_length=128)
    requests = models.BigIntegerField(default=0)
    reported = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["key", "endpoint"], name="apikeys_endpoint_once"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} of {self.key_id}"

    @property
    def error_rate(self) -> float | None:
        """Errors over reported outcomes; None before the first report."""
        return round(self.errors / self.reported, 6) if self.reported else None
