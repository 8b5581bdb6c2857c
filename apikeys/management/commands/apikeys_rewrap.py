from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from apikeys.domain.sealing import SealBroken
from apikeys.management.verbs import VerbCommand
from apikeys.operations.rings import check_ring, rewrap


class Command(VerbCommand):
    help = (
        "Move everything stored under older ring keys to the first one of the key ring. May be "
        "stopped and begun again at any time."
    )

    def run(self, **options: Any) -> None:
        check_ring()
        done = 0
        try:
            for rows in rewrap():
                done += rows
                self.progress(f"{done} rows moved")
        except SealBroken as error:
            raise CommandError(f"After {done} rows: {error}") from error
        self.end_progress()
        self.stdout.write(f"{done} rows moved to the first ring key.")
