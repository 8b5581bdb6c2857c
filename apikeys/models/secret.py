from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class KeySecret(models.Model):
    """One minted or imported secret under a key. Rotation with overlap is two of these.

    `digest` is `HMAC-SHA-256(lookup key of ring entry `pepper_id`, SHA-256(plaintext))`, 32 bytes.
    `fingerprint` is the sealed SHA-256: it lets a ring entry be retired without the plaintext.
    """

    key = models.ForeignKey("apikeys.ApiKey", models.CASCADE, related_name="secrets")
    digest = models.BinaryField(max_length=32, unique=True)
    pepper_id = models.CharField(max_length=16, db_index=True)
    fingerprint = models.TextField()
    prefix = models.CharField(_("prefix"), max_length=10, db_index=True)
    hint = models.CharField(_("last characters"), max_length=4)
    imported = models.BooleanField(default=False)
    issued_at = models.DateTimeField(_("issued at"))
    retires_at = models.DateTimeField(_("retires at"), null=True)

    class Meta:
        verbose_name = _("key secret")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["retires_at"],
                name="apikeys_secret_retires",
                condition=Q(retires_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(retires_at=None), name="apikeys_one_current_secret"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…{self.hint}"
