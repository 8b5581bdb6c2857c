from __future__ import annotations

from django.db import models


class KeyLabel(models.Model):
    """A tag or scope of a key, one a row: lists filter by it with an index on every database."""

    TAG = "tag"
    SCOPE = "scope"

    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=8)
    value = models.CharField(max_length=256)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["key", "kind", "value"], name="apikeys_label_once"),
        ]
        indexes = [models.Index(fields=["kind", "value", "key"], name="apikeys_label_value")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"
