from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.domain.ids import new_signing_key_id
from clients.domain.public_keys import PublicKey


class SigningKey(models.Model):
    """A key pair with which the service signs tokens; the private half is sealed.

    One is `next`: published, so that whoever caches the key set knows it before it signs. One is
    `current` and signs. `retired` ones stay published until the last token they signed has ended.
    """

    class Role(models.TextChoices):
        NEXT = "next", _("next")
        CURRENT = "current", _("current")
        RETIRED = "retired", _("retired")

    kid = models.CharField(_("key id"), max_length=40, unique=True, default=new_signing_key_id)
    role = models.CharField(_("role"), max_length=8, choices=Role.choices)
    algorithm = models.CharField(_("algorithm"), max_length=8, default="EdDSA")
    public_key = models.TextField(_("public key"))
    sealed = models.TextField()
    created_at = models.DateTimeField(_("made at"))
    signs_since = models.DateTimeField(_("signs since"), null=True)
    published_until = models.DateTimeField(_("published until"), null=True)

    objects: Any = models.Manager()

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        default_permissions = ("view",)
        permissions = [("rotate_signingkey", "Can rotate the signing keys of the service")]
        constraints = [
            models.UniqueConstraint(
                fields=["role"],
                condition=Q(role__in=["next", "current"]),
                name="clients_one_signing_key_per_role",
            ),
        ]

    def __str__(self) -> str:
        return self.kid

    @property
    def key(self) -> PublicKey:
        return PublicKey(self.public_key, self.algorithm)

    def as_jwk(self) -> dict[str, Any]:
        return self.key.as_jwk(self.kid)
