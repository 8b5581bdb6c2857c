from __future__ import annotations

from django.db import models


class RingEntry(models.Model):
    """A root key that this database was written with, by its fingerprint only."""

    fingerprint = models.CharField(max_length=16, unique=True)
    first_used_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.fingerprint
