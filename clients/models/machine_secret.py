from __future__ import annotations

from django.db import models
from django.db.models import Q


class MachineSecret(models.Model):
    """The secret with which a client asks for machine-to-machine tokens, and checks them.

    `digest` is as in `apikeys.models.KeySecret`; `sealed` holds the plaintext, to be read again.
    Rotation with overlap leaves a second row, which counts until `retires_at`.
    """

    client = models.ForeignKey(
        "service_clients.ServiceClient", models.CASCADE, related_name="machine_secrets"
    )
    digest = models.BinaryField(max_length=32, unique=True)
    sealed = models.TextField()
    issued_at = models.DateTimeField()
    retires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(retires_at=None),
                name="clients_one_current_machine_secret",
            ),
        ]

    def __str__(self) -> str:
        return f"of {self.client_id}"
