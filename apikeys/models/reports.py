from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db import models


class RecentError(models.Model):
    """One of the last reported outcomes with a status of 400 or more; 50 are kept for each key."""

    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="failures")
    at = models.DateTimeField()
    endpoint = models.CharField(max_length=128, default="")
    method = models.CharField(max_length=16, default="")
    status = models.PositiveIntegerField()
    latency_ms = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["key", "-at"], name="apikeys_failure_recent")]

    def __str__(self) -> str:
        return f"{self.status} of {self.key_id}"

    def as_json(self) -> dict[str, Any]:
        """As answers show it; the time is text, since dialects put this into JSON of their own."""
        return {
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "endpoint": self.endpoint,
            "method": self.method,
            "status": self.status,
            "latency_ms": self.latency_ms,
        }


class ReportedEvent(models.Model):
    """The id of an outcome that was reported, so that it counts once in seven days."""

    tenant = models.ForeignKey("apikeys.Tenant", models.CASCADE, related_name="+")
    event_id = models.CharField(max_length=64)
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["tenant", "event_id"], name="apikeys_reported_once"),
        ]

    def __str__(self) -> str:
        return self.event_id


class RefusedAttempt(models.Model):
    """Refused verifies of one UTC hour by reason and source, unknown secrets included.

    `tenant` is that of the key, or of whoever asked about a secret that no key has. At most 1,000
    sources a tenant and hour are told apart; the rest stand under `other`.
    """

    tenant = models.ForeignKey("apikeys.Tenant", models.CASCADE, related_name="+")
    hour = models.DateTimeField(db_index=True)
    reason = models.CharField(max_length=32)
    source = models.CharField(max_length=45, default="")
    attempts = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "hour", "reason", "source"], name="apikeys_attempt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} from {self.source or 'unknown'}"
