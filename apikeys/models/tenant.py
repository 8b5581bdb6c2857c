from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apikeys.domain.ids import new_number, new_tenant_id
from apikeys.models.columns import JSONText
from apikeys.models.naming import named


class TenantQuerySet(models.QuerySet["Tenant"]):
    def of_tenant(self, tenant_public_id: str | None) -> TenantQuerySet:
        """The tenants an actor reaches; None is every one."""
        return self if tenant_public_id is None else self.filter(public_id=tenant_public_id)

    def matching(self, text: str) -> TenantQuerySet:
        """Search: an id in full, or a part of the name whatever its case."""
        found = self.filter(public_id=text)
        return found if found.exists() else self.filter(named(text))

    def pk_of(self, public_id: str) -> int | None:
        """Lists are narrowed by this: a plan for a known tenant is right, one for a join is not."""
        found: int | None = self.filter(public_id=public_id).values_list("pk", flat=True).first()
        return found

    def default(self) -> Tenant:
        """The tenant in which the root key lives."""
        return self.get(is_default=True)


class Tenant(models.Model):
    """Whose keys they are. Nothing is shared between tenants."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")

    class OnLimiterLoss(models.TextChoices):
        REFUSE = "refuse", _("refuse")
        ALLOW = "allow", _("allow")

    public_id = models.CharField(_("id"), max_length=40, unique=True, default=new_tenant_id)
    number = models.BigIntegerField(unique=True, default=new_number, editable=False)
    name = models.CharField(_("name"), max_length=200)
    search_name = models.CharField(max_length=600, editable=False)
    status = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.ACTIVE
    )
    secret_prefix = models.CharField(_("secret prefix"), max_length=12, blank=True, default="")
    on_limiter_loss = models.CharField(
        _("when the limiter is lost"),
        max_length=8,
        choices=OnLimiterLoss.choices,
        default=OnLimiterLoss.REFUSE,
    )
    default_limits: JSONText = JSONText(_("default limits"), default=dict)
    metadata: JSONText = JSONText(_("metadata"), default=dict)
    is_default = models.BooleanField(_("default tenant"), default=False)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    AUDITED_AS: ClassVar[str] = "tenant"
    objects: Any = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        default_permissions = ("view", "add", "change")
        permissions = [("suspend_tenant", "Can suspend and resume tenants")]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="apikeys_one_default_tenant",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE
