"""Processes of others: who is whose child, and how to kill or freeze whole families.

Everything is read from `/proc`. A process that ended but was not waited for counts as gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

GONE_SECONDS = 20
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> list[int]:
    """The living children of a process, oldest first."""
    return _families().get(pid, [])


def descendants(pid: int) -> list[int]:
    """The living children of a process, theirs, and so on; parents come first."""
    families = _families()
    found: list[int] = []
    waiting = [pid]
    while waiting:
        born = families.get(waiting.pop(0), [])
        found += born
        waiting += born
    return found


def lives(pid: int) -> bool:
    """Whether the process is there and has not ended."""
    return _parent_of(pid) is not None


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to each of them that is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def kill(pids: Iterable[int]) -> None:
    """SIGKILL them, and return when all are gone."""
    doomed = list(pids)
    send(doomed, signal.SIGKILL)
    deadline = time.monotonic() + GONE_SECONDS
    while any(lives(pid) for pid in doomed):
        assert time.monotonic() < deadline, f"processes survived SIGKILL: {doomed}"
        time.sleep(0.005)


def resident_bytes(pid: int) -> int:
    """Memory that the process holds, without the pages of files that it has mapped."""
    words = Path(f"/proc/{pid}/statm").read_text().split()
    return (int(words[1]) - int(words[2])) * PAGE_BYTES


def open_descriptors(pid: int) -> int:
    """How many files and sockets the process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def _families() -> dict[int, list[int]]:
    families: dict[int, list[int]] = defaultdict(list)
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        parent = _parent_of(pid)
        if parent is not None:
            families[parent].append(pid)
    return families


def _parent_of(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name of the program stands in brackets and may hold anything, brackets too.
    state, parent = status.rpartition(")")[2].split()[:2]
    return None if state in "ZX" else int(parent)
