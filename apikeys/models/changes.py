from __future__ import annotations

from django.db import models


class OutboxMessage(models.Model):
    """A change that every worker's cache has to learn of, written with the change itself.

    Whatever was read of the subject before this version no longer counts. It stays until the
    limiter has it; without a shared limiter, until no cache can be that old.
    """

    kind = models.CharField(max_length=8)
    subject = models.CharField(max_length=40)
    version = models.BigIntegerField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.version}"
