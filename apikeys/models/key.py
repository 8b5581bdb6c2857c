from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apikeys.domain import lifecycle
from apikeys.domain.ids import new_key_id, new_number
from apikeys.domain.lifecycle import Status
from apikeys.models.beside import FAILURES_SHOWN, WholeIterable
from apikeys.models.columns import JSONText
from apikeys.models.naming import named

if TYPE_CHECKING:
    from apikeys.models.reports import RecentError
    from apikeys.models.secret import KeySecret

_PASSED_OVER = (
    *("tenant", "environment", "key_type", "hold"),
    *("created_at", "expires_at", "revoked_at", "deleted_at"),
)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reads that surfaces share. Writing is for `operations` alone."""

    def of_tenant(self, tenant_public_id: str | None) -> ApiKeyQuerySet:
        """The keys an actor reaches; None is every tenant's."""
        return self if tenant_public_id is None else self.filter(tenant__public_id=tenant_public_id)

    def matching(self, text: str) -> ApiKeyQuerySet:
        """Search: an id, a subject or a visible prefix in full; where none is so, part of the name.

        Asked one after another, because no index finds what is one thing or another.
        """
        for condition in _exactly(text):
            found = self.filter(condition)
            if found.exists():
                return found
        return self.filter(named(text))

    def existing(self) -> ApiKeyQuerySet:
        return self.filter(deleted_at=None)

    def unused_since(self, moment: datetime) -> ApiKeyQuerySet:
        """Keys that were there, but not used, from the moment on."""
        unused = Q(totals__last_used_at=None) | Q(totals__last_used_at__lt=moment)
        return self.filter(unused, created_at__lt=moment)

    def whole(self) -> ApiKeyQuerySet:
        """With everything a full answer shows, in at most ten queries for any number of keys."""
        whole: ApiKeyQuerySet = self.all()
        whole._iterable_class = WholeIterable
        return whole

    def having_status(self, status: Status, now: datetime) -> ApiKeyQuerySet:
        from apikeys.models.standing import standing

        return self.filter(standing(status, now))

    def labelled(self, kind: str, value: str) -> ApiKeyQuerySet:
        """Keys that carry this tag or hold this scope, by index."""
        from apikeys.models.label import KeyLabel

        return self.filter(
            Exists(KeyLabel.objects.filter(key=OuterRef("pk"), kind=kind, value=value))
        )


def _exactly(text: str) -> Iterator[Q]:
    from apikeys.models.secret import KeySecret

    yield Q(public_id=text)
    yield Q(subject=text)
    prefixed = KeySecret.objects.filter(prefix=text)
    if prefixed.exists():
        yield Q(Exists(prefixed.filter(key=OuterRef("pk"))))


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
            models.Index(fields=["subject", "tenant", "-id"], name="apikeys_key_owner"),
            models.Index(fields=["created_by", "-id"], name="apikeys_key_maker"),
            models.Index(fields=["created_at"], name="apikeys_key_created"),
            models.Index(fields=["expires_at", "id"], name="apikeys_key_ends"),
            models.Index(fields=["search_name"], name="apikeys_key_name"),
            # For a list that passes over many before it has a page: it need not read the rows.
            models.Index(fields=["-id", *_PASSED_OVER], name="apikeys_key_walk"),
            # The beginning of a name, whatever the database's collation; see also `trigrams`.
            models.Index(
                fields=["search_name"],
                name="apikeys_key_beginning",
                opclasses=["varchar_pattern_ops"],
            ),
            # What is rare is found by an index of the rare alone.
            models.Index(fields=["-id"], name="apikeys_key_test", condition=Q(environment="test")),
            models.Index(
                fields=["key_type", "-id"],
                name="apikeys_key_type",
                condition=~Q(key_type="standard"),
            ),
            models.Index(
                fields=["hold", "-id"], name="apikeys_key_hold", condition=Q(hold__isnull=False)
            ),
            models.Index(
                fields=["-id"],
                name="apikeys_key_revoked",
                condition=Q(revoked_at__isnull=False),
            ),
            models.Index(
                fields=["deleted_at"],
                name="apikeys_key_deleted",
                condition=Q(deleted_at__isnull=False),
            ),
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
        return max((s.retires_at for s in self.its("secrets") if s.retires_at), default=None)

    @property
    def current_secret(self) -> KeySecret:
        """The secret that new calls should use."""
        found: KeySecret = next(s for s in self.its("secrets") if s.retires_at is None)
        return found

    @property
    def recent_failures(self) -> list[RecentError]:
        """The newest reported errors, newest first."""
        return self.its("failures", "-at", "-id")[:FAILURES_SHOWN]

    def its(self, relation: str, *order: str) -> list[Any]:
        """What belongs to the key, as it was read with `whole()`; else it is read now."""
        found: list[Any] | None = getattr(self, f"read_{relation}", None)
        return list(getattr(self, relation).order_by(*order)) if found is None else found

    def status(self, now: datetime) -> Status:
        return lifecycle.status_of(self, now)
