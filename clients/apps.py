from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServiceClientsConfig(AppConfig):
    name = "clients"
    label = "service_clients"  # hosts often have an app `clients` of their own
    verbose_name = _("Service clients")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apikeys.api.authentication import JUDGES
        from apikeys.operations import rings, upkeep
        from clients import checks  # noqa: F401  (registers the system checks)
        from clients.api.authentication import judge_token
        from clients.operations.upkeep import REWRAPS, purge_spent

        JUDGES.append(judge_token)
        upkeep.JOBS["tokens"] = purge_spent
        rings.BATCHES += REWRAPS
