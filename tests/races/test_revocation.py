"""A key that is revoked while others verify it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
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
from tests.races.crew import TRIALS, crew_of, of_type

READERS = 8
BEFORE_SECONDS, AFTER_SECONDS = 0.02, 0.02
STOPS: list[Callable[..., object]] = [revoke_key, disable_key, delete_key]


@dataclass(frozen=True, slots=True)
class Read:
    """One verify: when it began (monotonic seconds), and what it said."""

    began_at: float
    was_valid: bool


@pytest.mark.django_db(transaction=True)
def test_no_verify_that_starts_after_a_revoke_returned_is_valid() -> None:
    with crew_of(READERS + 1) as crew:
        for trial in range(TRIALS):
            issued = issue_key(Actor.system(), name="revoked")
            assert issued.secret is not None
            stop = partial(stopped_at, STOPS[trial % len(STOPS)], issued.key.public_id)
            read = partial(reads_of, issued.secret)
            works: list[Any] = [stop, *[read] * READERS]
            returned_at, *readings = crew.do(works)
            reads = [each for some in of_type(list, readings) for each in some]
            assert isinstance(returned_at, float)
            assert len(of_type(list, readings)) == READERS
            assert [each for each in reads if each.was_valid and each.began_at < returned_at]
            later = [each for each in reads if each.began_at > returned_at]
            assert later
            assert not [each for each in later if each.was_valid]


def stopped_at(stop: Callable[..., object], key_id: str) -> float:
    """When the call that stops the key had returned."""
    time.sleep(BEFORE_SECONDS)
    stop(Actor.system(), key_id)
    return time.monotonic()


def reads_of(secret: Secret) -> list[Read]:
    """Verifies without a pause, until some time after the key was refused."""
    reads: list[Read] = []
    refused_at = None
    while refused_at is None or time.monotonic() < refused_at + AFTER_SECONDS:
        began_at = time.monotonic()
        reads.append(Read(began_at, verify(Presentation(secret)).valid))
        if refused_at is None and not reads[-1].was_valid:
            refused_at = began_at
    return reads
