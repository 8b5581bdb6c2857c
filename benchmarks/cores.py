"""Which processor runs what, and how much of it a server has used."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVERS, EVERYTHING_ELSE = CORES[0], CORES[-1]


@contextmanager
def running_on(core: int) -> Iterator[None]:
    """What is started meanwhile runs on this core alone, its threads and children too."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(ancestor: int) -> float:
    """User and system time so far of all living descendants of a process."""
    children, ticks = defaultdict(list), {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended between the listing and the reading
        pid = int(stat.parent.name)
        children[int(fields[1])].append(pid)
        ticks[pid] = int(fields[11]) + int(fields[12])
    found, waiting = 0, list(children[ancestor])
    while waiting:
        pid = waiting.pop()
        found += ticks[pid]
        waiting += children[pid]
    return found / TICKS_PER_SECOND
