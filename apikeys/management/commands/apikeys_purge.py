from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apikeys.management.verbs import VerbCommand
from apikeys.operations.upkeep import purges, run_once


class Command(VerbCommand):
    help = (
        "Blank what has expired and purge the keys that nobody can restore any more: what the "
        "worker does every minute, once. For cron."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def run(self, **options: Any) -> None:
        counts = run_once(only=purges())
        if options["json"]:
            self.tell_json(dict(counts))
            return
        for job, count in counts.items():
            self.stdout.write(f"{job}: {count}")
