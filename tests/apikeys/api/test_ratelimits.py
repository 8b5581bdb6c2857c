"""The header fields of an answer that a limit refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apikeys.api.outcomes import refusal_for
from apikeys.api.ratelimits import LIMITING, limit_fields
from apikeys.domain.verdict import LimitState, Outcome, Verdict
from apikeys.operations.reaching import utc_now

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def limit(name: str, seconds: float = 1, *, of: int = 10, left: int = 0) -> LimitState:
    return LimitState(name, of, left, NOW + timedelta(seconds=seconds))


def told(*limits: LimitState, outcome: Outcome = Outcome.RATE_LIMITED) -> dict[str, str]:
    return dict(limit_fields(Verdict(outcome, limits=limits, retry_after=1), NOW))


def test_a_limit_is_told_as_structured_fields() -> None:
    assert told(limit("second")) == {
        "Retry-After": "1",
        "RateLimit-Policy": '"second";q=10;w=1',
        "RateLimit": '"second";r=0;t=1',
    }


def test_several_are_told_in_their_order_and_only_windows_of_a_fixed_length_have_one() -> None:
    fields = told(limit("minute", 60), limit("day", 7.2), limit("month", 9), limit("credits", 9))
    assert fields["RateLimit-Policy"] == (
        '"minute";q=10;w=60, "day";q=10;w=86400, "month";q=10, "credits";q=10'
    )
    assert fields["RateLimit"].startswith('"minute";r=0;t=60, "day";r=0;t=8,')


def test_numbers_stay_within_what_a_structured_field_takes() -> None:
    fields = told(limit("uses", -5, of=2**53 - 1, left=2**53 - 1))
    assert fields["RateLimit-Policy"] == '"uses";q=999999999999999'
    assert fields["RateLimit"] == '"uses";r=999999999999999;t=0'


@pytest.mark.parametrize("outcome", Outcome)
def test_other_answers_carry_none(outcome: Outcome) -> None:
    fields = told(limit("second"), outcome=outcome)
    waits = outcome in LIMITING or outcome is Outcome.UNDETERMINED
    assert ("RateLimit" in fields) == (outcome in LIMITING)
    assert ("Retry-After" in fields) == waits


def test_whoever_is_refused_with_429_is_told_the_limits() -> None:
    state = LimitState("second", 10, 0, utc_now() + timedelta(seconds=5))
    refusal = refusal_for(Verdict(Outcome.RATE_LIMITED, limits=(state,), retry_after=5))
    assert refusal is not None
    assert refusal.status == 429
    assert refusal.headers["RateLimit-Policy"] == '"second";q=10;w=1'
    assert refusal.headers["Retry-After"] == "5"
