from __future__ import annotations

from django.db import models

from apikeys.models.columns import JSONText


class MeterState(models.Model):
    """The short limits of one subject, where the database itself is the limiter."""

    subject = models.CharField(max_length=40, primary_key=True)
    state: JSONText = JSONText(default=dict)
    updated_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"meter of {self.subject}"
