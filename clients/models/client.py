from __future__ import annotations

from typing import Any, ClassVar

from django.db import connections, models
from django.db.models.functions import Collate
from django.utils.translation import gettext_lazy as _

from apikeys.domain.ids import new_client_id
from apikeys.models.columns import JSONText
from apikeys.models.naming import named
from clients.domain.machines import TOKEN_SECONDS


class ServiceClientQuerySet(models.QuerySet["ServiceClient"]):
    """Reads that surfaces share. Writing is for `operations` alone."""

    def of_tenant(self, tenant_public_id: str | None) -> ServiceClientQuerySet:
        """The clients an actor reaches; None is every tenant's."""
        return self if tenant_public_id is None else self.filter(tenant__public_id=tenant_public_id)

    def matching(self, text: str) -> ServiceClientQuerySet:
        """Search: an id, or that of an access key, in full; or a part of the name."""
        for name in ("public_id", "access_keys__public_id"):
            found = self.filter(**{name: text})
            if found.exists():
                return found
        return self.filter(named(text))

    def whole(self) -> ServiceClientQuerySet:
        """With everything a full answer shows, in two queries however many clients there are."""
        return self.select_related("tenant").prefetch_related("access_keys")

    def as_machines(self) -> ServiceClientQuerySet:
        """With everything that is shown of them as machines."""
        scopes = "machine_scopes__to_client__tenant"
        return self.select_related("tenant").prefetch_related(scopes)

    def in_order(self, of: str, *, descending: bool) -> ServiceClientQuerySet:
        """By `name` without regard to case, or by `created_at`; alike on every database."""
        # Each database compares texts in its own way, unless it is told to go by their bytes.
        by_bytes = "C" if connections[self.db].vendor == "postgresql" else "BINARY"
        sign = "-" if descending else ""
        if of != "name":
            return self.order_by(f"{sign}pk")
        folded = self.alias(folded=Collate("search_name", by_bytes))
        return folded.order_by(f"{sign}folded", f"{sign}pk")


class ServiceClient(models.Model):
    """A machine with an identity of its own. Attributes and their meaning: `domain.specs`."""

    public_id = models.CharField(_("id"), max_length=40, unique=True, default=new_client_id)
    tenant = models.ForeignKey(
        "apikeys.Tenant", models.PROTECT, related_name="service_clients", verbose_name=_("tenant")
    )
    name = models.CharField(_("name"), max_length=128, null=True, blank=True)
    search_name = models.CharField(max_length=400, default="", editable=False)
    scopes: JSONText = JSONText(_("scopes"), default=list)
    options: JSONText = JSONText(_("options"), default=dict)
    rate_limits: JSONText = JSONText(_("rate limits"), null=True)
    tags: JSONText = JSONText(_("tags"), null=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    m2m_token_seconds = models.PositiveIntegerField(
        _("life of its machine-to-machine tokens (seconds)"), default=TOKEN_SECONDS
    )
    created_by = models.CharField(_("created by"), max_length=255)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))
    version = models.BigIntegerField(default=1)

    AUDITED_AS: ClassVar[str] = "service_client"
    objects: Any = ServiceClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("service client")
        verbose_name_plural = _("service clients")
        default_permissions = ("view",)
        permissions = [
            ("edit_serviceclient", "Can make, edit, enable and disable service clients"),
            ("delete_serviceclient", "Can delete service clients"),
            ("request_accesskey", "Can request and delete access keys and see their secrets"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="clients_client_tenant"),
            models.Index(fields=["search_name"], name="clients_client_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name or _('without a name')} ({self.public_id})"

    @property
    def active_keys(self) -> list[Any]:
        """Access keys that still open something, oldest first; from a prefetch if there is one."""
        keys = [key for key in self.access_keys.all() if key.revoked_at is None]
        return sorted(keys, key=lambda key: key.pk)

    @property
    def scoped_clients(self) -> list[ServiceClient]:
        """The clients that it may send tokens to, oldest scope first; from a prefetch if any."""
        return [it.to_client for it in sorted(self.machine_scopes.all(), key=lambda it: it.pk)]
