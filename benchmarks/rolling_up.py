"""What the worker's share costs: the events of verifies are rolled up, in a process of its own.

Standard input is a JSON object: `seconds` after which it stops, though events may be left. Prints
how many events, and the seconds and CPU seconds of this process; those of PostgreSQL are not in it.
"""

from __future__ import annotations

import json
import sys
import time

import django


def main(seconds: float) -> None:
    """Roll up and print."""
    django.setup()
    from apikeys.operations.flushing import flush

    began, spent = time.perf_counter(), time.process_time()
    events = flush()
    while time.perf_counter() - began < seconds and (more := flush()):
        events += more
    json.dump([events, time.perf_counter() - began, time.process_time() - spent], sys.stdout)


if __name__ == "__main__":
    main(**json.load(sys.stdin))
