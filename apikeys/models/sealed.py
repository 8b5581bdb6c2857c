from __future__ import annotations

from django.conf import settings
from django.db import models


class SealedSecret(models.Model):
    """A secret that can be opened again: once on a reveal page, or each time if recoverable.

    `place` is the row name that the seal is bound to; opening a one-time secret blanks `sealed`.
    """

    purpose = models.CharField(max_length=16)
    place = models.CharField(max_length=80, unique=True)
    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="sealed", null=True)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    sealed = models.TextField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, db_index=True)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["key", "purpose"], name="apikeys_sealed_key")]

    def __str__(self) -> str:
        return f"sealed secret {self.pk} ({self.purpose})"
