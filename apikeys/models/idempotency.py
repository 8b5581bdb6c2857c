from __future__ import annotations

from django.db import models

from apikeys.models.columns import JSONText


class IdempotentRequest(models.Model):
    """One `Idempotency-Key` of one caller on one route, and what was answered to it.

    `claim` changes hands with the lease: only its holder may complete the request. `answer` never
    holds a secret; those are in `sealed` until `secrets_expire_at`.
    """

    caller = models.CharField(max_length=64)
    route = models.CharField(max_length=200)
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    claim = models.CharField(max_length=64)
    claimed_at = models.DateTimeField()
    status_code = models.IntegerField(null=True)
    answer: JSONText = JSONText(null=True)
    sealed = models.TextField(null=True)
    secrets_expire_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["caller", "route", "idempotency_key"], name="apikeys_idempotency_once"
            ),
        ]

    def __str__(self) -> str:
        return f"idempotent request {self.pk}"
