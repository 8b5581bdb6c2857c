"""Credits that are held while others take their place are not had twice, and none are lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from apikeys.models import Reservation
from apikeys.operations.reaching import utc_now
from apikeys.operations.upkeep import run_once
from tests.calling import Caller

YESTERDAY, TODAY = "2050-01-01T12:00:00Z", "2050-01-02T00:00:01Z"
LATER = "2050-01-02T00:01:00Z"
AMOUNT = 70

# Credits at first, those that were held of them, what was paid in the end; and what is left today.
# As much as if what is not paid had never been held: `max(credits - paid, AMOUNT)`.
COURSES = [
    (70, 70, 0, 70),
    (70, 70, 10, 70),
    (70, 70, 70, 70),
    (100, 40, 0, 100),
    (100, 40, 20, 80),
    (100, 40, 35, 70),
    (100, 40, 40, 70),
    (200, 40, 0, 200),
    (200, 40, 10, 190),
]


class Refilled:
    """A key whose credits come back at midnight, and what was held of them the day before."""

    def __init__(self, caller: Caller, credits: int, *held: int) -> None:
        self.caller = caller
        refill = {"credits_refill_amount": AMOUNT, "credits_refill_interval": "daily"}
        with time_machine.travel(YESTERDAY):
            self.key = caller.issue(credits=credits, **refill)
            self.held = [self.hold(count) for count in held]

    def hold(self, count: int) -> str:
        path = f"/api_keys/{self.key['id']}/reservations"
        return str(self.caller.post(path, {"credits": count, "seconds": 86_400}).body["id"])

    def settle(self, name: str, cost: int) -> int:
        answer = self.caller.post(f"/reservations/{name}/settle", {"credits": cost})
        returned: int = answer.body["returned"]
        return returned

    def left(self) -> int:
        count: int = self.caller.get(f"/api_keys/{self.key['id']}").body["credits"]
        return count


@pytest.mark.parametrize("is_first", [True, False], ids=["settled first", "used first"])
@pytest.mark.parametrize(("credits", "held", "paid", "rest"), COURSES)
def test_it_is_as_if_what_was_not_needed_had_not_been_held(
    alice: Caller, credits: int, held: int, paid: int, rest: int, is_first: bool
) -> None:
    refilled = Refilled(alice, credits, held)
    with time_machine.travel(TODAY):
        if not is_first:
            assert alice.verify(refilled.key["secret"], cost=5)["valid"]
            rest -= 5
        before = refilled.left()
        returned = refilled.settle(refilled.held[0], paid)
        assert (refilled.left(), before + returned) == (rest, rest)
    with time_machine.travel(LATER):
        assert not alice.verify(refilled.key["secret"], cost=rest + 1)["valid"]
        assert alice.verify(refilled.key["secret"], cost=rest)["valid"]


def release(refilled: Refilled) -> None:
    for name in refilled.held:
        assert refilled.caller.post(f"/reservations/{name}/release").status == 204


def expire(_: Refilled) -> None:
    Reservation.objects.update(expires_at=utc_now())
    run_once()


@pytest.mark.parametrize("end", [release, expire])
def test_of_several_together_no_more_comes_back(
    alice: Caller, end: Callable[[Refilled], None]
) -> None:
    refilled = Refilled(alice, 100, 20, 30, 40)
    with time_machine.travel(TODAY):
        assert alice.verify(refilled.key["secret"], cost=5)["valid"]
        assert refilled.left() == AMOUNT - 5
        end(refilled)
        assert refilled.left() == 95


def test_what_is_paid_of_one_does_not_bring_another_back(alice: Caller) -> None:
    refilled = Refilled(alice, 100, 50, 50)
    older, younger = refilled.held
    with time_machine.travel(TODAY):
        assert refilled.left() == AMOUNT
        assert refilled.settle(older, 50) == 0
        assert refilled.settle(younger, 0) == 0
        assert refilled.left() == AMOUNT


def test_one_that_is_made_after_the_refill_comes_back_whole(alice: Caller) -> None:
    refilled = Refilled(alice, 70, 70)
    with time_machine.travel(TODAY):
        fresh = refilled.hold(60)
        assert refilled.settle(fresh, 0) == 60
        release(refilled)
        assert refilled.left() == AMOUNT


def test_refills_one_after_another_put_in_no_more_than_one(alice: Caller) -> None:
    refilled = Refilled(alice, 100, 40)
    with time_machine.travel(TODAY):
        refilled.hold(50)
    with time_machine.travel("2050-01-03T00:00:02Z"):
        assert alice.verify(refilled.key["secret"])["valid"]
        run_once()  # both have expired
        assert refilled.left() == 99


def test_what_lies_in_the_limiter_is_not_lost_by_a_refill(alice: Caller) -> None:
    """73 credits: a verify leases 4 of them, and 69 are less than what the refill makes of them."""
    for count in (1, 30):
        refilled = Refilled(alice, 73 + count, count)
        with time_machine.travel(YESTERDAY):
            assert alice.verify(refilled.key["secret"])["valid"]
        with time_machine.travel(TODAY):
            release(refilled)
            run_once()
            assert refilled.left() == 72 + count
        again = Refilled(alice, 73)
        with time_machine.travel(YESTERDAY):
            assert alice.verify(again.key["secret"])["valid"]
        with time_machine.travel(TODAY):
            assert again.settle(again.hold(1), 0) == 1
            assert again.left() == 72


def test_void_that_nothing_held_can_bear_is_forgotten(alice: Caller) -> None:
    refilled = Refilled(alice, 60, 50, 10)
    older, _ = refilled.held
    with time_machine.travel(TODAY):
        assert refilled.settle(older, 50) == 0  # the void of 60 can be borne by 10 alone now
        fresh = refilled.hold(60)
        path = f"/api_keys/{refilled.key['id']}"
        assert alice.patch(path, {"credits_refill_amount": 20}).status == 200
    with time_machine.travel("2050-01-03T00:00:00Z", tick=False):
        assert alice.verify(refilled.key["secret"])["valid"]
        refilled.settle(fresh, 0)
        run_once()
        assert refilled.left() == 69
