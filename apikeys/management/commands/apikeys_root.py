from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from apikeys.management.verbs import VerbCommand
from apikeys.operations.root import renew_root_key


class Command(VerbCommand):
    help = (
        "The way back in: with --new, mints a new root key, prints it once and revokes the old "
        "one. The root key holds every scope in every tenant."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new", action="store_true", help="mint a new root key and revoke the old one"
        )

    def run(self, **options: Any) -> None:
        if not options["new"]:
            raise CommandError(
                "No root key can be shown again: only digests are stored. To mint a new one and "
                "revoke the old, run: manage.py apikeys_root --new"
            )
        self.tell_secret(
            renew_root_key(),
            "The new root key, shown only now. The one before is revoked.",
        )
