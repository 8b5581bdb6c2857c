"""What every limiter is: the place where what is counted changes, one atomic step at a time.

Three of them: Redis for many workers, memory for one process, the database where there is neither.
State is kept by shards. A shard lives in an epoch, which ends when it may have lost something.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol

from apikeys.domain.limits import NO_LIMITS, Limits
from apikeys.domain.metering import Ask, Grant, Level, Metered
from apikeys.domain.usage import Attempt, Event
from apikeys.domain.verdict import Outcome

JOURNAL = "journal."  # what epochs begin with that are kept in files
BIRTHS = "births"  # the subject whose version rises when a secret from elsewhere is imported
KEY, TENANT = "key", "tenant"


class LimiterDown(Exception):
    """The limiter could not be asked. `maybe_taken`: it may have heard, only its answer is lost."""

    def __init__(self, *, maybe_taken: bool = False) -> None:
        super().__init__("the limiter does not answer")
        self.maybe_taken = maybe_taken


class EpochLost(Exception):
    """The shard has no epoch that this process knows; one has to be established."""

    def __init__(self, shard: int) -> None:
        super().__init__(f"shard {shard} is in an unknown epoch")
        self.shard = shard


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose meter it is, and what was read of it from the database under which versions.

    `reuse` is scratch space of a limiter, for what it makes out of a subject again and again.
    """

    id: str
    tenant_id: str
    version: int
    tenant_version: int
    shard: int
    epoch: str = ""
    limits: Limits = NO_LIMITS
    reuse: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def versions(self) -> str:
        return f"{self.version}.{self.tenant_version}"


@dataclass(frozen=True, slots=True)
class Request:
    """One subject with what is asked of it and what is to be remembered of that."""

    subject: Subject
    ask: Ask
    attempt: Attempt


class Step(Enum):
    """How the atomic step went; the values are also the words of `take.lua`."""

    DONE = "done"  # decided and counted, or decided against and remembered
    STALE = "stale"  # the database has a newer version of the key or its tenant
    WANTING = "wanting"  # the ledger has to lease out units first
    LEASING = "leasing"  # another request asks the ledger for units just now
    FULL = "full"  # too many events wait for the worker


class Taken(NamedTuple):
    """The answer to one request; see `metering.Metered`. `now_us` is the limiter's clock."""

    step: Step
    outcome: Outcome | None = None
    now_us: int = 0
    levels: tuple[Level | None, ...] = ()
    retry_us: int | None = None
    wanting: tuple[str, ...] = ()
    leftover: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in a stream, and where it stands there."""

    position: str
    event: Event


@dataclass(frozen=True, slots=True)
class Emptied:
    """What a meter gave back, as (kind, lot, units), and where its shard's stream stood then."""

    balances: tuple[tuple[str, str, int], ...]
    mark: str


class Limiter(Protocol):
    """Where meters live. Each method raises `LimiterDown` or `EpochLost` where it must."""

    shards: int
    shared: bool  # whether other processes see what is published here
    keeps_records: bool  # whether it knows versions, so that what was read may be kept for a while
    has_streams: bool  # whether events wait in it, and have to be rolled up

    def epoch(self, shard: int) -> str:
        """The epoch that this process believes in, and has no reason to doubt."""

    def epochs(self) -> Mapping[int, str]:
        """What it believes of every shard at this moment, unasked."""

    def take(self, requests: Sequence[Request], now: datetime | None = None) -> list[Taken]:
        """Decide and count one after the other, up to the first that is not allowed.

        Who asks the same again may give the same tuple, which then is packed only once.
        """

    def note(self, attempt: Attempt, outcome: Outcome) -> int:
        """Remember a verify of a secret that no key has; gives the version of `BIRTHS`."""

    def grant(self, subject: Subject, grants: Sequence[Grant]) -> bool:
        """Hand over leased units, or none; False when the subject has changed since.

        Others may ask the ledger again.
        """

    def empty(self, subject_id: str, closing: Sequence[str] = ()) -> Emptied:
        """Take all balances back; of the lots that are `closing` no grant is taken any more."""

    def has_closed(self, subject_id: str, lots: Collection[str]) -> bool:
        """Whether one of these lots is among those of which no grant is taken any more."""

    def release(self, subject_id: str, lease_id: str) -> bool:
        """Free the slot of a lease; False when it was not held."""

    def publish(self, kind: str, subject_id: str, version: int) -> None:
        """From now on nothing that was read of the subject before this version counts."""

    def current_epoch(self, shard: int) -> str:
        """The epoch that is stored beside the state; empty when it was lost."""

    def begin_epoch(self, shard: int) -> str:
        """Begin a new epoch, whose name is returned."""

    def adopt(self, shard: int, epoch: str) -> None:
        """Believe in an epoch that the database confirmed."""

    def reads(self, epoch: str) -> bool:
        """Whether it is one of its kind that had this epoch, and not one that was used before."""

    def read(self, shard: int, epoch: str, after: str, count: int) -> list[Entry]:
        """The events behind a position, at most `count`."""

    def is_behind(self, position: str, mark: str) -> bool:
        """Whether events up to `mark` may be missing from those up to `position`."""

    def forget(self, shard: int, epoch: str, upto: str, *, drained: bool) -> None:
        """Drop the events up to a position; with `drained` the whole stream."""

    def last(self, shard: int, epoch: str) -> str | None:
        """Where the stream ends that is there now; None when there is none."""

    def attend(self, shard: int) -> None:
        """Look how far the stream of the epoch believed in is written, for `witness`."""

    def witness(self, shard: int, epoch: str) -> str:
        """Up to which position this process knows that the stream was written; empty if it was not
        there, or may have forgotten.
        """

    def backlog(self, shard: int) -> int:
        """How many events wait in the current stream."""


def without_units(metered: Metered, now_us: int) -> Taken:
    """The answer to a request that cannot be decided without units of the ledger."""
    if metered.is_leasing:
        return Taken(Step.LEASING)
    return Taken(Step.WANTING, now_us=now_us, wanting=metered.wanting, leftover=metered.leftover)


def shard_of(subject_id: str, shards: int) -> int:
    """The shard of a subject: a part of the stored layout, so it must never change."""
    return zlib.crc32(subject_id.encode()) % shards
