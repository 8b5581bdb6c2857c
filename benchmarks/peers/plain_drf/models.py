"""The table."""

from __future__ import annotations

from django.db import models


class Key(models.Model):
    """A key by the SHA-256 of its secret, in hex."""

    digest = models.CharField(max_length=64, unique=True)
    owner = models.CharField(max_length=100)
    revoked = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    is_authenticated = True

    class Meta:
        app_label = "plain_drf"

    def __str__(self) -> str:
        return self.owner
