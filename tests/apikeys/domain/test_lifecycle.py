"""The status is computed; `tests/apikeys/models/test_status.py` holds SQL to the same table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.attributes import HOLDS
from apikeys.domain.lifecycle import Status, has_passed, next_change, status_of
from apikeys.domain.presentation import Presentation
from apikeys.domain.rules import decide_known
from apikeys.domain.secret import Secret
from apikeys.domain.terms import Terms
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


_ENDS = st.none() | st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))


@given(
    ends=st.lists(st.tuples(_ENDS, _ENDS, _ENDS), min_size=1, max_size=2),
    waits=st.lists(st.integers(0, 4 * 3600), max_size=5),
)
def test_until_the_next_change_nothing_changes(
    ends: list[tuple[datetime | None, ...]], waits: list[int]
) -> None:
    all_terms = [
        Terms("key_1", "org_1", True, "n", "s", expires_at=a, secret_retires_at=b, rotating_until=c)
        for a, b, c in ends
    ]
    presentation = Presentation(Secret("ks_live_x"))
    change = next_change(NOON, *all_terms)
    assert change is None or change > NOON
    for moment in (NOON + timedelta(seconds=wait) for wait in waits):
        if change is None or moment < change:
            for terms in all_terms:
                assert status_of(terms, moment) is status_of(terms, NOON)
                told = [decide_known(terms, presentation, at) for at in (NOON, moment)]
                assert told[0] == told[1]
