from __future__ import annotations

from datetime import timedelta
from typing import Any

from apikeys.management.verbs import VerbCommand
from apikeys.operations.flushing import flush
from apikeys.operations.reconciling import reconcile


class Command(VerbCommand):
    help = (
        "Give back units of hard quotas that were handed to the limiter and lost on the way. The "
        "worker does so for keys that were idle for a minute; this does it at once, for all."
    )

    def run(self, **options: Any) -> None:
        at_once = timedelta(0)
        flush()
        returned = reconcile(idle=at_once)
        flush()
        returned += reconcile(idle=at_once)
        self.remark(f"{returned} units were given back.")
