from __future__ import annotations

from typing import NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from apikeys.domain.ids import new_event_id
from apikeys.models.columns import JSONText


class AppendOnly(TypeError):
    """Audit events are written once, by `operations.audit`."""


class AuditEvent(models.Model):
    """One thing that was done. Chained per tenant: each `mac` covers the row and the one before.

    The database refuses to change rows (`models.triggers`); `manage.py audit_verify` finds what
    was changed in spite of that.
    """

    public_id = models.CharField(_("id"), max_length=40, unique=True, default=new_event_id)
    tenant = models.ForeignKey("apikeys.Tenant", models.PROTECT, related_name="audit_events")
    sequence = models.BigIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    action = models.CharField(_("action"), max_length=40)
    actor_kind = models.CharField(_("actor kind"), max_length=20)
    actor_id = models.CharField(_("actor"), max_length=255)
    object_type = models.CharField(_("object type"), max_length=20)
    object_id = models.CharField(_("object"), max_length=40, db_index=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    changes: JSONText = JSONText(_("changes"), default=dict)
    ip = models.CharField(_("IP address"), max_length=45, null=True)
    request_id = models.CharField(_("request"), max_length=64, null=True)
    ring_id = models.CharField(max_length=16)
    previous_mac = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sequence"], name="apikeys_audit_sequence"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="apikeys_audit_tenant"),
            models.Index(fields=["at"], name="apikeys_audit_at"),
            models.Index(fields=["action", "-id"], name="apikeys_audit_action"),
            models.Index(
                fields=["-id", "tenant", "at", "action", "actor_kind"], name="apikeys_audit_walk"
            ),
            models.Index(fields=["actor_id", "-id"], name="apikeys_audit_actor"),
            models.Index(
                fields=["request_id"],
                name="apikeys_audit_request",
                condition=models.Q(request_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_id}"

    def save(self, *args: object, **kwargs: object) -> NoReturn:
        raise AppendOnly("Audit events are appended by operations.audit.record alone.")

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise AppendOnly("Audit events are never deleted.")


class AuditHead(models.Model):
    """The end of a tenant's chain; locked while an event is appended."""

    tenant = models.OneToOneField(
        "apikeys.Tenant", models.PROTECT, primary_key=True, related_name="audit_head"
    )
    sequence = models.BigIntegerField(default=0)
    mac = models.CharField(max_length=64, default="")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"audit head of {self.tenant_id}"
