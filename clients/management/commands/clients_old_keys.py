from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from apikeys.management.verbs import VerbCommand
from apikeys.operations.reaching import utc_now
from clients.conf import settings
from clients.models import AccessKey


class Command(VerbCommand):
    help = "List active access keys that are old, or that nobody has used for as long."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, help="how old; the setting KEY_AGE_WARNING_DAYS if not"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def run(self, **options: Any) -> None:
        days = options["days"] or settings.KEY_AGE_WARNING_DAYS
        keys = list(AccessKey.objects.older_than(utc_now() - timedelta(days=days)))
        if options["json"]:
            self.tell_json({"days": days, "keys": [_told(key) for key in keys]})
            return
        for key in keys:
            used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never"
            self.stdout.write(
                f"{key.public_id}  {key.client.public_id}  made {key.created_at:%Y-%m-%d}  "
                f"used {used}  {key.client.name or ''}".rstrip()
            )
        self.remark(f"{len(keys)} access keys are {days} days old or older.")


def _told(key: AccessKey) -> dict[str, Any]:
    return {
        "key_id": key.public_id,
        "client_id": key.client.public_id,
        "tenant": key.client.tenant.public_id,
        "name": key.client.name,
        "created_at": key.created_at.isoformat(),
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
    }
