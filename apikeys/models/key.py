from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Value, When
from django.utils.translation import gettext_lazy as _

from apikeys.domain import lifecycle
from apikeys.domain.ids import new_key_id, new_number
from apikeys.domain.lifecycle import Status
from apikeys.models.columns import JSONText

if TYPE_CHECKING:
    from apikeys.models.reports import RecentError
    from apikeys.models.secret import KeySecret

FAILURES_SHOWN = 10


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reads that surfaces share. Writing is for `operations` alone."""

    def of_tenant(self, tenant_public_id: str | None) -> ApiKeyQuerySet:
        """The keys an actor reaches; None is every tenant's."""
        return self if tenant_public_id is None else self.filter(tenant__public_id=tenant_public_id)

    def matching(self, text: str) -> ApiKeyQuerySet:
        """Search: an id, a visible prefix or a subject exactly, or a part of the name.

        Names are compared in folded form, because databases fold letters differently.
        """
        from apikeys.models.secret import KeySecret

        prefixed = KeySecret.objects.filter(key=OuterRef("pk"), prefix=text)
        return self.filter(
            Q(public_id=text)
            | Q(subject=text)
            | Q(search_name__contains=text.casefold())
            | Exists(prefixed)
        )

    def existing(self) -> ApiKeyQuerySet:
        return self.filter(deleted_at=None)

    def unused_since(self, moment: datetime) -> ApiKeyQuerySet:
        """Keys last used before the moment, or older than it and never used."""
        never = Q(totals__last_used_at=None, created_at__lt=moment)
        return self.filter(never | Q(totals__last_used_at__lt=moment))

    def whole(self) -> ApiKeyQuerySet:
        """With everything a full answer shows, in five queries however many keys there are."""
        return self.select_related(
            "tenant", "policy", "limits", "totals", "details"
        ).prefetch_related("secrets", "ledger", "endpoints", _latest_failures())

    def with_status(self, now: datetime) -> ApiKeyQuerySet:
        """`computed_status` in SQL: the same answer as `domain.lifecycle.status_of`."""
        return self.annotate(
            computed_status=Case(
                When(deleted_at__isnull=False, then=Value(Status.DELETED)),
                When(revoked_at__isnull=False, then=Value(Status.REVOKED)),
                When(expires_at__lte=now, then=Value(Status.EXPIRED)),
                When(Q(hold__isnull=False) & ~Q(hold="deprecated"), then=F("hold")),
                When(_retiring_secret(now), then=Value(Status.ROTATING)),
                When(hold="deprecated", then=Value(Status.DEPRECATED)),
                default=Value(Status.ACTIVE),
                output_field=models.CharField(),
            )
        )

    def labelled(self, kind: str, value: str) -> ApiKeyQuerySet:
        """Keys that carry this tag or hold this scope, by index."""
        from apikeys.models.label import KeyLabel

        return self.filter(
            Exists(KeyLabel.objects.filter(key=OuterRef("pk"), kind=kind, value=value))
        )


def _latest_failures() -> Prefetch[Any]:
    from apikeys.models.reports import RecentError

    latest = RecentError.objects.order_by("-at", "-id")[:FAILURES_SHOWN]
    return Prefetch("failures", latest, to_attr="latest_failures")


def _retiring_secret(now: datetime) -> Exists:
    from apikeys.models.secret import KeySecret

    return Exists(KeySecret.objects.filter(key=OuterRef("pk"), retires_at__gt=now))


class ApiKey(models.Model):
    """Identity, owner, grants and life of a key. Never its secret, never a counter.

    Attributes and their meaning: `domain.attributes`.
    """

    public_id = models.CharField(_("id"), max_length=40, unique=True, default=new_key_id)
    number = models.BigIntegerField(unique=True, default=new_number, editable=False)
    tenant = models.ForeignKey(
        "apikeys.Tenant", models.PROTECT, related_name="keys", verbose_name=_("tenant")
    )
    name = models.CharField(_("name"), max_length=200)
    search_name = models.CharField(max_length=600, editable=False)
    description = models.TextField(_("description"), blank=True, default="")
    key_type = models.CharField(_("type"), max_length=32, default="standard")
    environment = models.CharField(_("environment"), max_length=8, default="live")
    subject = models.CharField(_("subject"), max_length=255)
    created_by = models.CharField(_("created by"), max_length=255)
    subscription_id = models.CharField(max_length=255, null=True, blank=True)
    secret_prefix = models.CharField(max_length=12, default="ks")
    is_root = models.BooleanField(default=False, editable=False)
    recoverable = models.BooleanField(_("recoverable"), default=False)

    scopes: JSONText = JSONText(_("scopes"), default=list)
    permissions: JSONText = JSONText(_("permissions"), default=list)
    resource_scopes: JSONText = JSONText(_("resource scopes"), null=True)
    claims: JSONText = JSONText(_("claims"), null=True)
    metadata: JSONText = JSONText(_("metadata"), default=dict)
    tags: JSONText = JSONText(_("tags"), default=list)

    hold = models.CharField(_("hold"), max_length=32, null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=255, null=True, blank=True)
    revocation_reason = models.CharField(max_length=500, null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    last_rotated_at = models.DateTimeField(_("last rotated at"), null=True, blank=True)
    last_rotation_reason = models.CharField(max_length=500, null=True, blank=True)
    version = models.BigIntegerField(default=1)

    AUDITED_AS: ClassVar[str] = "api_key"
    objects: Any = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        default_permissions = ("view",)
        permissions = [
            ("issue_apikey", "Can issue and edit API keys"),
            ("revoke_apikey", "Can revoke, disable and enable API keys"),
            ("rotate_apikey", "Can rotate API keys"),
            ("delete_apikey", "Can delete and restore API keys"),
            ("reveal_apikey", "Can see the secret of API keys"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="apikeys_key_tenant"),
            models.Index(fields=["tenant", "subject", "-id"], name="apikeys_key_subject"),
            models.Index(fields=["expires_at"], name="apikeys_key_expires"),
            models.Index(fields=["search_name"], name="apikeys_key_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["is_root"],
                condition=Q(is_root=True, revoked_at=None, deleted_at=None),
                name="apikeys_one_root_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"

    @property
    def hex(self) -> str:
        """The id without its prefix, for dialects that put their own before it."""
        return self.public_id.removeprefix("key_")

    @property
    def rotating_until(self) -> datetime | None:
        """When the last retiring secret stops working."""
        return max((s.retires_at for s in self.secrets.all() if s.retires_at), default=None)

    @property
    def current_secret(self) -> KeySecret:
        """The secret that new calls should use."""
        return next(s for s in self.secrets.all() if s.retires_at is None)

    @property
    def recent_failures(self) -> list[RecentError]:
        """The newest reported errors, newest first; read before with `whole()`."""
        found: list[RecentError] | None = getattr(self, "latest_failures", None)
        if found is None:
            found = list(self.failures.order_by("-at", "-id")[:FAILURES_SHOWN])
        return found

    def status(self, now: datetime) -> Status:
        return lifecycle.status_of(self, now)
