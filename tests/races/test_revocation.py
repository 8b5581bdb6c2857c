"""A key that is revoked while others verify it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from apikeys.operations import (
    Actor,
    Presentation,
    Secret,
    delete_key,
    disable_key,
    issue_key,
    revoke_key,
    verify,
)
from tests.races.crew import GATE_SECONDS, TRIALS, crew_of, of_type

READERS = 8
READS_AFTER = 3
STOPS: list[Callable[..., object]] = [revoke_key, disable_key, delete_key]


@dataclass(frozen=True, slots=True)
class Read:
    """One verify: when it began (monotonic seconds), and what it said."""

    began_at: float
    was_valid: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """One key, and how its readers and whoever stops it wait for one another."""

    key_id: str
    secret: Secret
    was_read: threading.Event = field(default_factory=threading.Event)
    has_returned: threading.Event = field(default_factory=threading.Event)

    def stop(self, stop: Callable[..., object]) -> float:
        """When the call that stops the key had returned. It waits for a verify that is valid."""
        self.was_read.wait(GATE_SECONDS)
        try:
            stop(Actor.system(), self.key_id)
            return time.monotonic()
        finally:
            self.has_returned.set()

    def read(self) -> list[Read]:
        """Verifies without a pause, until some have begun after the call had returned."""
        reads: list[Read] = []
        left = READS_AFTER
        while left:
            left -= self.has_returned.is_set()
            began_at = time.monotonic()
            reads.append(Read(began_at, verify(Presentation(self.secret)).valid))
            if reads[-1].was_valid:
                self.was_read.set()
        return reads


@pytest.mark.django_db(transaction=True)
def test_no_verify_that_starts_after_a_revoke_returned_is_valid() -> None:
    with crew_of(READERS + 1) as crew:
        for number in range(TRIALS):
            issued = issue_key(Actor.system(), name="revoked")
            assert issued.secret is not None
            trial = Trial(issued.key.public_id, issued.secret)
            stop = partial(trial.stop, STOPS[number % len(STOPS)])
            works: list[Any] = [stop, *[trial.read] * READERS]
            returned_at, *readings = crew.do(works)
            assert isinstance(returned_at, float)
            assert len(of_type(list, readings)) == READERS
            reads = [read for some in of_type(list, readings) for read in some]
            later = [read for read in reads if read.began_at > returned_at]
            assert len(later) >= READERS * READS_AFTER
            assert not [read for read in later if read.was_valid]
