from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandParser

from apikeys.management.verbs import VerbCommand
from apikeys.operations.upkeep import duties, run_forever, run_once


class Command(VerbCommand):
    help = (
        "Run the jobs that must be done from time to time, until SIGTERM or SIGINT. Several "
        "workers may run at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run every job once and end")
        parser.add_argument(
            "--job",
            action="append",
            choices=[duty.name for duty in duties()],
            help="with --once: only this job; may be given several times",
        )

    def run(self, **options: Any) -> None:
        if options["once"] or options["job"]:
            for name, count in run_once(only=options["job"]).items():
                self.remark(f"{name}: {count}")
            return
        stop = threading.Event()
        with _stopped_by_signals(stop):
            self.remark("Jobs run until SIGTERM or SIGINT.")
            run_forever(stop)


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """While inside, SIGTERM and SIGINT let the running round end and no further one begin."""
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
