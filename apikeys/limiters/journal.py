"""Usage events of one process, in files: what was written outlives the process that is killed.

A position is `segment:offset`. One process writes; whoever drains it later finds whole lines, since
each is written by one call of the system.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from apikeys.domain.limits import micros, moment
from apikeys.domain.usage import Attempt, Event, Use
from apikeys.limiters.base import Entry

SEGMENT_BYTES = 4 * 2**20
_FIELD = "\x1e"


class Journal:
    """The segments of one epoch below a directory."""

    def __init__(self, directory: Path, epoch: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._stem = directory / epoch
        self._number, self._size, self._file = 0, 0, -1

    def append(self, events: Iterable[Event]) -> None:
        """Write some events; the caller sees to it that nobody else does at this moment."""
        if self._file < 0 or self._size > SEGMENT_BYTES:
            self.begin()
        lines = b"".join(map(_line, events))
        if os.write(self._file, lines) < len(lines):
            self._size = SEGMENT_BYTES + 1  # nothing can follow half a line
            raise OSError(errno.ENOSPC, "the journal is cut short")
        self._size += len(lines)

    def read(self, after: str, count: int) -> list[Entry]:
        """The events behind a position."""
        number, offset = _place(after)
        found: list[Entry] = []
        for segment in self._segments():
            if segment < number or len(found) >= count:
                continue
            start = offset if segment == number else 0
            found += _entries(self._path(segment), segment, start, count - len(found))
        return found

    def forget(self, upto: str) -> None:
        """Remove the segments that lie wholly before a position."""
        number, _ = _place(upto)
        for segment in self._segments():
            if segment < number:
                self._path(segment).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove all of it."""
        for segment in self._segments():
            self._path(segment).unlink(missing_ok=True)

    def end(self) -> str:
        """The position behind the last event written."""
        segments = self._segments()
        number = segments[-1] if segments else 0
        return f"{number}:{self._path(number).stat().st_size if segments else 0}"

    @property
    def exists(self) -> bool:
        """Whether there are any files of it."""
        return bool(self._segments())

    def begin(self) -> None:
        """Begin a segment; the first one too, so that a journal without events is no lost one."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        opened = os.open(self._path(self._number + 1), flags, 0o600)
        if self._file >= 0:
            os.close(self._file)
        self._file, self._number, self._size = opened, self._number + 1, 0

    def _path(self, segment: int) -> Path:
        return self._stem.with_name(f"{self._stem.name}.{segment:09d}")

    def _segments(self) -> list[int]:
        names = self._stem.parent.glob(f"{self._stem.name}.*")
        return sorted(int(path.name.rpartition(".")[2]) for path in names)


def order(position: str) -> tuple[int, int]:
    """For comparing two positions of one journal."""
    return _place(position)


def _place(position: str) -> tuple[int, int]:
    segment, _, offset = (position or "0:0").partition(":")
    return int(segment), int(offset)


def _line(event: Event) -> bytes:
    lots = ",".join(f"{use.kind}:{use.lot}:{use.units}" for use in event.uses)
    fields = (str(micros(event.at)), event.outcome, lots, event.attempt.encoded())
    return (_FIELD.join(fields) + "\n").encode()


def _entries(path: Path, segment: int, start: int, count: int) -> list[Entry]:
    found: list[Entry] = []
    if not path.exists():
        return found  # rolled up and removed a moment ago
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            if len(found) == count or not line.endswith(b"\n"):
                break
            start += len(line)
            found.append(Entry(f"{segment}:{start}", _event(line.decode()[:-1])))
    return found


def _event(line: str) -> Event:
    at, outcome, lots, attempt = line.split(_FIELD)
    uses = tuple(_use(text) for text in lots.split(",") if text)
    return Event(Attempt.decoded(attempt), outcome, moment(int(at)), uses)


def _use(text: str) -> Use:
    kind, lot, units = text.split(":")
    return Use(kind, lot, int(units))
