"""Credits that many reserve, settle and spend at once: none is spent twice, none is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from apikeys.domain.errors import CreditsExhausted, NotFound
from apikeys.models import LedgerEntry, Reservation
from apikeys.operations import (
    Actor,
    Presentation,
    Secret,
    reserve_credits,
    settle_reservation,
    verify,
)
from apikeys.operations.flushing import flush
from apikeys.operations.limiting import install
from tests.factories import minted
from tests.limiters import KINDS, limiter_of
from tests.races.crew import crew_of, of_type

RESERVERS, VERIFIERS, SETTLERS = 32, 4, 8
TRIALS = 4
CREDITS = 200
ROOT = Actor.system("tests")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_no_credit_is_sold_twice(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    install(limiter_of(kind, request, tmp_path))
    try:
        with crew_of(RESERVERS + VERIFIERS) as crew:
            for _ in range(TRIALS):
                key, secret = minted(credits=CREDITS)
                works = [reserving(key.public_id)] * RESERVERS + [verifying(secret)] * VERIFIERS
                results = crew.do(random.sample(works, len(works)))
                assert not of_type(Exception, results)
                sold = sum(of_type(int, results))
                flush()
                entry = LedgerEntry.objects.get(key=key, kind="credits")
                assert entry.settled + entry.reserved == sold
                assert sold <= CREDITS
                held = Reservation.objects.filter(key=key).values_list("credits", flat=True)
                assert sum(held) == entry.reserved
    finally:
        install(None)


def reserving(key_id: str) -> Callable[[], int]:
    """How many credits were held."""

    def work() -> int:
        count = random.choice((5, 10, 20))
        try:
            return reserve_credits(ROOT, key_id, {"credits": count}).credits
        except CreditsExhausted:
            return 0

    return work


def verifying(secret: str) -> Callable[[], int]:
    """How many credits were spent."""

    def work() -> int:
        return sum(verify(Presentation(Secret(secret))).valid for _ in range(10))

    return work


@pytest.mark.django_db(transaction=True)
def test_of_many_who_settle_one_reservation_one_does() -> None:
    key, _ = minted(credits=CREDITS)
    with crew_of(SETTLERS) as crew:
        for trial in range(1, TRIALS + 1):
            held = reserve_credits(ROOT, key.public_id, {"credits": 10})

            def settle(name: str = held.public_id) -> int:
                return settle_reservation(ROOT, name, {"credits": 3}).settled

            results = crew.all_do(settle)
            assert of_type(int, results) == [3]
            assert len(of_type(NotFound, results)) == SETTLERS - 1
            entry = LedgerEntry.objects.get(key=key, kind="credits")
            assert (entry.settled, entry.leased, entry.reserved) == (3 * trial, 3 * trial, 0)
