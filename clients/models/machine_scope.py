from __future__ import annotations

from django.db import models


class MachineScope(models.Model):
    """That tokens of one client are meant for another: only it can check them."""

    from_client = models.ForeignKey(
        "service_clients.ServiceClient", models.CASCADE, related_name="machine_scopes"
    )
    to_client = models.ForeignKey(
        "service_clients.ServiceClient", models.CASCADE, related_name="machine_scopes_to_it"
    )
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["from_client", "to_client"], name="clients_one_scope_per_pair"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_client_id} to {self.to_client_id}"
