"""One load on one site, while all of its parts are struck; then everything is counted."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults import guarantees
from tests.faults.ordeal import Ordeal
from tests.faults.site import Site
from tests.faults.strikes import KEEPING, KEEPING_LONG, LOSING, Strike, kill_flusher

StartSite = Callable[..., Site]

UNITS, UNITS_LONG = 400, 4_000
#: Beside the rest of the suite; a long run has the machine for itself, and its clients no rest.
PACE_SECONDS = 0.02
#: Uses for each kill in a long run: with 20 kills 100,000.
PASSES_FOR_KILL = 5_000

ALWAYS: tuple[Callable[[Ordeal], None], ...] = (
    guarantees.only_foreseen_answers,
    guarantees.healed_by_itself,
    guarantees.no_stopped_key_was_valid,
    guarantees.acknowledged_writes_are_there,
    guarantees.the_trail_is_whole,
    guarantees.no_quota_was_oversold,
)


@pytest.fixture
def make_ordeal(tmp_path: Path, kills: int, seed: int, is_long: bool) -> Callable[..., Ordeal]:
    """An ordeal of a site; what happened stays in the test's folder."""

    def make(site: Site, strikes: Sequence[Strike]) -> Ordeal:
        units, pace = (UNITS_LONG, 0) if is_long else (UNITS, PACE_SECONDS)
        return Ordeal(site, tmp_path, strikes, kills, units, seed, pace)

    return make


@pytest.fixture
def passes_min(kills: int, is_long: bool) -> int:
    """How often a key has to be valid before an ordeal may end."""
    return kills * PASSES_FOR_KILL if is_long else 0


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param({}, id="one service"),
        pytest.param({"services": 2}, id="two services", marks=pytest.mark.long),
        pytest.param({"clustered": True}, id="a cluster", marks=pytest.mark.long),
    ],
)
def test_when_parts_are_killed_and_hang_nothing_that_was_answered_is_lost_or_done_twice(
    shape: dict[str, int],
    start_site: StartSite,
    make_ordeal: Callable[..., Ordeal],
    is_long: bool,
    passes_min: int,
    subtests: pytest.Subtests,
) -> None:
    ordeal = make_ordeal(start_site(**shape), KEEPING_LONG if is_long else KEEPING)
    ordeal.run(passes_min=passes_min)
    hold(
        ordeal,
        subtests,
        guarantees.no_second_was_oversold,
        guarantees.the_rest_can_be_spent,
        guarantees.usage_is_what_was_answered,
    )


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param({}, id="one Valkey"),
        pytest.param({"clustered": True}, id="a cluster", marks=pytest.mark.long),
    ],
)
def test_when_valkey_loses_what_it_knew_no_quota_is_oversold_and_no_use_counted_twice(
    shape: dict[str, bool],
    start_site: StartSite,
    make_ordeal: Callable[..., Ordeal],
    kills: int,
    subtests: pytest.Subtests,
) -> None:
    ordeal = make_ordeal(start_site(**shape), LOSING)
    ordeal.run()
    hold(
        ordeal,
        subtests,
        # First, so that there are uses after the last loss, of which none may be missing.
        functools.partial(guarantees.the_rest_can_be_spent, losses=len(LOSING) * kills),
        guarantees.usage_lacks_no_more_than_the_lost_tails,
    )


def test_every_use_is_counted_exactly_once_while_flushers_are_killed(
    start_site: StartSite,
    make_ordeal: Callable[..., Ordeal],
    passes_min: int,
    subtests: pytest.Subtests,
) -> None:
    ordeal = make_ordeal(start_site(), [kill_flusher])
    ordeal.run(passes_min=passes_min)
    hold(
        ordeal,
        subtests,
        no_call_was_unresolved,
        guarantees.the_rest_can_be_spent,
        guarantees.usage_is_what_was_answered,
    )


def no_call_was_unresolved(ordeal: Ordeal) -> None:
    """Verifies do not notice whether a flusher lives; so the counts have to be exact."""
    assert not ordeal.history.unresolved().calls


def hold(ordeal: Ordeal, subtests: pytest.Subtests, *more: Callable[[Ordeal], None]) -> None:
    """Look at each guarantee, also when one before it was broken."""
    for guarantee in [*ALWAYS, *more]:
        name = getattr(guarantee, "func", guarantee).__name__
        with subtests.test(name.replace("_", " ")):
            guarantee(ordeal)
