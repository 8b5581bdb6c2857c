"""The status is computed; `tests/apikeys/models/test_status.py` holds SQL to the same table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from apikeys.domain.attributes import HOLDS
from apikeys.domain.lifecycle import Status, has_passed, status_of
from tests.apikeys.lives import LIVES, NOON, Life


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.id)
def test_the_first_that_holds_is_the_status(life: Life) -> None:
    assert status_of(life, NOON) is life.expected


def test_every_status_is_reached_by_the_table() -> None:
    assert {life.expected for life in LIVES} == set(Status)


def test_every_hold_is_in_the_table() -> None:
    assert {life.hold for life in LIVES} == {None, *HOLDS}


@dataclass(frozen=True)
class At:
    moment: datetime | None
    passed: bool


@pytest.mark.parametrize(
    "at",
    [
        At(None, passed=False),
        At(datetime(2030, 1, 31, 11, 59, 59, 999_999, tzinfo=UTC), passed=True),
        At(NOON, passed=True),
        At(datetime(2030, 1, 31, 12, 0, 0, 1, tzinfo=UTC), passed=False),
    ],
)
def test_an_end_has_come_when_its_moment_has(at: At) -> None:
    assert has_passed(at.moment, NOON) is at.passed
