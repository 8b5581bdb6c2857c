"""What is asked again in the same words is counted, but not decided again until it has to be."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apikeys.domain.limits import NO_LIMITS
from apikeys.domain.presentation import Presentation
from apikeys.domain.verdict import Outcome, Verdict
from apikeys.limiters.base import Limiter, Step, Taken
from apikeys.limiters.database import DatabaseLimiter
from apikeys.operations import routines as module
from apikeys.operations.cases import limited
from apikeys.operations.limiting import limiter
from apikeys.operations.records import RECORD_SECONDS, records
from apikeys.operations.verify import verify_for
from tests.engine.asking import Key


class Question:
    """The same question about a key, as often as it is put."""

    def __init__(self, key: Key, **facts: Any) -> None:
        self._key, self._facts, self._caller = key, facts, Key()
        self.read = 0  # how often it had to be read

    def outcome(self) -> str:
        return str(verify_for(self._key.row.public_id, self._ask)[-1].outcome)

    def _ask(self) -> tuple[Presentation, Presentation]:
        self.read += 1
        return Presentation(self._caller.secret), Presentation(self._key.secret, **self._facts)


def keeps() -> bool:
    """Whether this limiter lets what was read be kept."""
    return not isinstance(limiter(), DatabaseLimiter)


def test_it_is_read_once(begin: Callable[[], Limiter]) -> None:
    question = Question(Key(), cost=3)
    assert [question.outcome() for _ in range(3)] == ["valid"] * 3
    assert question.read == (1 if keeps() else 3)


@pytest.mark.parametrize("once", [{"lease_seconds": 5}, {"dry_run": True}, {"explain": True}])
def test_what_is_for_once_is_read_each_time(
    begin: Callable[[], Limiter], once: dict[str, Any]
) -> None:
    question = Question(Key(), **once)
    assert [question.outcome() for _ in range(2)] == ["valid"] * 2
    assert question.read == 2


def test_every_limit_counts_as_ever(begin: Callable[[], Limiter]) -> None:
    for limits, refusal in (
        ({"requests_per_minute": 5}, "rate_limited"),
        ({"max_uses": 5}, "quota_exceeded"),
        ({"credits": 5}, "credits_exhausted"),
    ):
        question = Question(Key(limits))
        assert [question.outcome() for _ in range(7)] == ["valid"] * 5 + [refusal] * 2


def test_an_end_is_an_end(begin: Callable[[], Limiter]) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=1)
    question = Question(Key(expires_at=ends.isoformat()))
    assert question.outcome() == "valid"
    time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()))
    assert question.outcome() == "expired"


def test_a_change_is_read(begin: Callable[[], Limiter]) -> None:
    key = Key(scopes=["read"])
    question = Question(key, scopes=("read",))
    assert question.outcome() == "valid"
    key.revise(scopes=["write"])
    assert question.outcome() == "insufficient_scope"
    key.revise(scopes=["read"])
    assert question.outcome() == "valid"


def test_there_are_never_more_than_there_is_room_for(
    begin: Callable[[], Limiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROUTINES_MAX", 2)
    questions = [Question(Key()) for _ in range(3)]
    for question in questions:
        question.outcome()
    assert len(module.routines._known) <= 2
    questions[0].outcome()
    assert questions[0].read == 2


def test_a_refused_lease_tells_when_one_ends_though_the_key_has_no_limits() -> None:
    taken = Taken(Step.DONE, Outcome.CONCURRENCY_EXCEEDED, retry_us=1_500_000)
    told = limited(Verdict(Outcome.VALID), NO_LIMITS, taken)
    assert (told.outcome, told.retry_after) == (Outcome.CONCURRENCY_EXCEEDED, 2)


def test_what_could_not_be_decided_is_decided_anew(
    begin: Callable[[], Limiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    question = Question(Key())
    with monkeypatch.context() as broken:
        broken.setattr("apikeys.operations.cases.decide_known", _broken)
        assert question.outcome() == "undetermined"
    assert question.outcome() == "valid"
    assert question.read == 2


def _broken(*_: object) -> Verdict:
    raise RuntimeError


def test_to_keep_no_records_is_a_choice(begin: Callable[[], Limiter], settings: Any) -> None:
    settings.APIKEYS = {**settings.APIKEYS, "CACHED_RECORDS": 0}
    begin()  # a change of the settings forgets the limiter
    question = Question(Key())
    assert [question.outcome() for _ in range(2)] == ["valid"] * 2
    assert question.read == 2


def test_what_was_read_at_once_is_not_read_again_at_once(begin: Callable[[], Limiter]) -> None:
    if not keeps():
        return
    keys = [Key() for _ in range(20)]
    assert {key.outcome() for key in keys} == {"valid"}
    kept = [records.kept(key.secret) for key in keys]
    ends = [it.good_until - time.monotonic() for it in kept if it]
    assert len(ends) == 20
    assert RECORD_SECONDS / 2 - 5 < min(ends) < max(ends) - 30 < RECORD_SECONDS
