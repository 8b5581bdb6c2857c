from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from clients.domain.ids import new_access_key_id
from clients.domain.public_keys import PublicKey

if TYPE_CHECKING:
    from apikeys.models import Tenant


class AccessKeyQuerySet(models.QuerySet["AccessKey"]):
    """Reads that surfaces share. Writing is for `operations` alone."""

    def active(self) -> AccessKeyQuerySet:
        """Those that still open something, with their clients."""
        return self.select_related("client__tenant").filter(revoked_at=None)

    def older_than(self, moment: datetime) -> AccessKeyQuerySet:
        """Active ones made before the moment, the oldest first."""
        return self.active().filter(created_at__lte=moment).order_by("pk")

    def unused_since(self, moment: datetime) -> AccessKeyQuerySet:
        """Active ones that were there, but not used, from the moment on."""
        used = Coalesce("last_used_at", "created_at")
        return self.active().alias(used=used).filter(used__lte=moment)


class AccessKey(models.Model):
    """A public key of a client, and what is stored of the client secret that came with it.

    `secret_digest` and `secret_fingerprint` are as in `apikeys.models.KeySecret`; null where the
    client brought its own key. A deleted key stays as a row, so that its id is never used again.
    """

    public_id = models.CharField(_("id"), max_length=40, unique=True, default=new_access_key_id)
    client = models.ForeignKey(
        "service_clients.ServiceClient", models.CASCADE, related_name="access_keys"
    )
    algorithm = models.CharField(_("algorithm"), max_length=8)
    public_key = models.TextField(_("public key"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    secret_digest = models.BinaryField(max_length=32, unique=True, null=True)
    pepper_id = models.CharField(max_length=16, null=True, db_index=True)
    secret_fingerprint = models.TextField(null=True)
    created_at = models.DateTimeField(_("made at"))
    created_by = models.CharField(_("made by"), max_length=255)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("deleted at"), null=True)

    AUDITED_AS: ClassVar[str] = "access_key"
    objects: Any = AccessKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("access key")
        verbose_name_plural = _("access keys")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["client", "fingerprint"],
                condition=Q(revoked_at=None),
                name="clients_one_key_per_public_key",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant(self) -> Tenant:
        return self.client.tenant

    @property
    def key(self) -> PublicKey:
        return PublicKey(self.public_key, self.algorithm)

    def as_jwk(self) -> dict[str, Any]:
        return self.key.as_jwk(self.public_id)
