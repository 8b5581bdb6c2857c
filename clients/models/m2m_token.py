from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from apikeys.models.columns import JSONText
from clients.domain.ids import new_m2m_token_id


class M2MTokenQuerySet(models.QuerySet["M2MToken"]):
    """Reads that surfaces share. Writing is for `operations` alone."""

    def of_tenant(self, tenant_public_id: str | None) -> M2MTokenQuerySet:
        """The tokens an actor reaches; None is every tenant's."""
        if tenant_public_id is None:
            return self
        return self.filter(client__tenant__public_id=tenant_public_id)

    def alive(self, now: datetime) -> M2MTokenQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=now)

    def whole(self) -> M2MTokenQuerySet:
        """With everything that is shown of them."""
        scopes = "client__machine_scopes__to_client"
        return self.select_related("client__tenant").prefetch_related(scopes)


class M2MToken(models.Model):
    """An opaque token that a client sends to others, which have us check it.

    `scopes` are the ids of the clients that it was meant for when it was made. `sealed` holds the
    plaintext, for a client that asks for a token it has; a revoked one has neither digest nor seal.
    `mark` is the same for tokens that say the same.
    """

    public_id = models.CharField(max_length=40, unique=True, default=new_m2m_token_id)
    client = models.ForeignKey(
        "service_clients.ServiceClient", models.CASCADE, related_name="m2m_tokens"
    )
    digest = models.BinaryField(max_length=32, unique=True, null=True)
    sealed = models.TextField(null=True)
    claims: JSONText = JSONText(null=True)
    scopes: JSONText = JSONText(default=list)
    mark = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True, db_index=True)
    revocation_reason = models.CharField(max_length=500, default="")

    objects: Any = M2MTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["client", "mark", "-expires_at"],
                condition=Q(revoked_at=None),
                name="clients_m2m_token_again",
            ),
            models.Index(fields=["client", "-id"], name="clients_m2m_token_client"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def standing_scopes(self) -> list[str]:
        """The clients that it was meant for, as far as its own is still scoped to them."""
        still = {client.public_id for client in self.client.scoped_clients}
        return [client_id for client_id in self.scopes if client_id in still]
