from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class APIKeysConfig(AppConfig):
    name = "apikeys"
    label = "apikeys"
    verbose_name = _("API keys")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from apikeys import checks  # noqa: F401  (registers the system checks)
        from apikeys.models.triggers import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="apikeys.triggers")
