from __future__ import annotations

import math
import time
from datetime import timedelta
from typing import Any

from apikeys.management.verbs import VerbCommand
from apikeys.models import ClosingLot
from apikeys.operations.flushing import flush, seconds_to_wait
from apikeys.operations.reaching import utc_now
from apikeys.operations.reconciling import close_idle, give_back

AT_ONCE = timedelta(0)
# So many rounds for streams that a worker is rolling up meanwhile.
ROUNDS = 5


class Command(VerbCommand):
    help = (
        "Give back units of hard quotas that were handed to the limiter and lost on the way. The "
        "worker does so for keys that were idle for ten minutes; this does it at once, for all. "
        "After Redis was restarted it waits some seconds, until every process has told what it saw."
    )

    def run(self, **options: Any) -> None:
        returned = self._reconcile()
        self.remark(f"{returned} units were given back.")
        if waiting := ClosingLot.objects.count():
            self.remark(f"{waiting} lots are not accounted for yet; try again in a minute.")

    def _reconcile(self) -> int:
        close_idle(utc_now(), idle=AT_ONCE, most=None)
        closing = ClosingLot.objects.all()
        last = closing.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._wait()
        returned = 0
        for number in range(ROUNDS):
            time.sleep(number)
            try:
                flush()
            finally:  # also where one node of several does not answer
                returned += give_back(most=None)
            if not closing.filter(pk__lte=last).exists():
                break
        return returned

    def _wait(self) -> None:
        """Until every process that serves has noticed that its epoch has ended."""
        told = ""
        while (seconds := seconds_to_wait(utc_now())) > 0:
            text = (
                f"Waiting {math.ceil(seconds)} s for what the processes saw before Redis restarted"
            )
            if not told:
                self.remark(text)
            elif text != told:
                self.progress(text)
            told = text
            time.sleep(min(seconds, 0.2))
        self.end_progress()
