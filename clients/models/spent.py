"""What must not be taken a second time, remembered until it would have ended anyway."""

from __future__ import annotations

from django.db import models


class UsedAssertion(models.Model):
    """An assertion (RFC 7523) that a client has presented; `mark` is SHA-256 of client and jti."""

    mark = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.mark


class RevokedToken(models.Model):
    """An access token of ours that was revoked (RFC 7009), by its `jti`."""

    jti = models.CharField(max_length=40, unique=True)
    client = models.ForeignKey("service_clients.ServiceClient", models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.jti
