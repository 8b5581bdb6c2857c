"""Reservations: credits are held, then settled at the true cost or given back, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apikeys.models import AuditEvent, Reservation
from apikeys.operations.reaching import utc_now
from apikeys.operations.upkeep import run_once
from tests.apikeys.api.native.conftest import SameAsMissing
from tests.calling import Answer, Caller


def funded(caller: Caller, count: int = 100, **attributes: Any) -> dict[str, Any]:
    return caller.issue(credits=count, **attributes)


def reserve(caller: Caller, key: dict[str, Any], count: int, **more: Any) -> Answer:
    return caller.post(f"/api_keys/{key['id']}/reservations", {"credits": count, **more})


def held(caller: Caller, key: dict[str, Any], count: int, **more: Any) -> str:
    """The id of a reservation, which must succeed."""
    answer = reserve(caller, key, count, **more)
    assert answer.status == 201, answer.content
    return str(answer.body["id"])


def settle(caller: Caller, reservation: str, cost: int) -> Answer:
    return caller.post(f"/reservations/{reservation}/settle", {"credits": cost})


def left(caller: Caller, key: dict[str, Any]) -> int:
    count: int = caller.get(f"/api_keys/{key['id']}").body["credits"]
    return count


class TestReserve:
    """What is held cannot be spent by anybody else."""

    def test_it_says_what_is_held_and_until_when(self, alice: Caller) -> None:
        key = funded(alice)
        before = AuditEvent.objects.count()
        with time_machine.travel("2050-01-01T00:00:00Z", tick=False):
            answer = reserve(alice, key, 40)
        assert answer.status == 201
        assert answer.body["id"].startswith("res_")
        assert {**answer.body, "id": ""} == {
            "id": "",
            "key_id": key["id"],
            "credits": 40,
            "expires_at": "2050-01-01T00:05:00Z",
        }
        assert left(alice, key) == 60
        assert AuditEvent.objects.count() == before

    def test_verifies_spend_what_is_left_beside_it(self, alice: Caller) -> None:
        key = funded(alice)
        held(alice, key, 90)
        assert alice.verify(key["secret"], cost=11)["code"] == "credits_exhausted"
        assert alice.verify(key["secret"], cost=10)["valid"]
        assert left(alice, key) == 0

    def test_units_that_lie_in_the_limiter_can_be_reserved(self, alice: Caller) -> None:
        key = funded(alice, 1000)
        assert alice.verify(key["secret"])["valid"]
        held(alice, key, 999)
        assert left(alice, key) == 0
        assert alice.verify(key["secret"])["code"] == "credits_exhausted"

    def test_more_than_is_left_is_refused_and_nothing_is_lost(self, alice: Caller) -> None:
        key = funded(alice, 1000)
        assert alice.verify(key["secret"])["valid"]
        for fields in ({}, {"idempotency_key": "a"}):
            path = f"/api_keys/{key['id']}/reservations"
            answer = alice.post(path, {"credits": 1000}, **fields)
            assert (answer.status, answer.code) == (409, "credits_exhausted")
        assert left(alice, key) == 999
        assert alice.verify(key["secret"], cost=999)["valid"]

    def test_a_refill_that_is_due_counts(self, alice: Caller) -> None:
        refill = {"credits_refill_amount": 50, "credits_refill_interval": "daily"}
        with time_machine.travel("2050-01-01T12:00:00Z"):
            key = funded(alice, 50, **refill)
            held(alice, key, 50, seconds=86_400)
            assert reserve(alice, key, 1).code == "credits_exhausted"
        with time_machine.travel("2050-01-02T00:00:01Z"):
            held(alice, key, 50)

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({}, ("/credits", "required")),
            ({"credits": 0}, ("/credits", "out_of_range")),
            ({"credits": 1_000_001}, ("/credits", "out_of_range")),
            ({"credits": "1"}, ("/credits", "not_integer")),
            ({"credits": None}, ("/credits", "not_integer")),
            ({"credits": 1, "seconds": 0}, ("/seconds", "out_of_range")),
            ({"credits": 1, "seconds": 86_401}, ("/seconds", "out_of_range")),
            ({"credits": 1, "reason": ""}, ("/reason", "unknown_field")),
        ],
    )
    def test_a_bad_body_holds_nothing(
        self, alice: Caller, body: dict[str, Any], wrong: tuple[str, str]
    ) -> None:
        key = funded(alice)
        answer = alice.post(f"/api_keys/{key['id']}/reservations", body)
        assert (answer.status, answer.errors) == (400, {wrong})
        assert left(alice, key) == 100

    def test_a_key_without_credits_has_none_to_reserve(self, alice: Caller) -> None:
        answer = reserve(alice, alice.issue(), 1)
        assert (answer.status, answer.code) == (409, "no_credits")

    def test_a_revoked_key_refuses_and_a_deleted_one_is_missing(self, alice: Caller) -> None:
        key = funded(alice)
        alice.post(f"/api_keys/{key['id']}/revoke")
        assert reserve(alice, key, 1).code == "key_revoked"
        alice.delete(f"/api_keys/{key['id']}")
        assert reserve(alice, key, 1).status == 404

    def test_another_tenants_key_is_missing(
        self, alice: Caller, bob: Caller, same_answer_as_missing: SameAsMissing
    ) -> None:
        key = funded(alice)
        path = "/api_keys/{id}/reservations"
        assert same_answer_as_missing("POST", path, key["id"], {"credits": 1})
        assert reserve(bob, key, 1).status == 403
        assert left(alice, key) == 100

    def test_repeated_with_an_idempotency_key_it_holds_once(self, alice: Caller) -> None:
        key = funded(alice)
        path = f"/api_keys/{key['id']}/reservations"
        first, again = (alice.post(path, {"credits": 60}, idempotency_key="a") for _ in range(2))
        assert again.body == first.body
        assert again.headers["Idempotent-Replayed"] == "true"
        assert left(alice, key) == 40


class TestSettle:
    """The true cost is paid; the rest goes back."""

    @pytest.mark.parametrize(
        ("cost", "returned", "rest"), [(0, 40, 100), (15, 25, 85), (40, 0, 60)]
    )
    def test_what_was_not_needed_goes_back(
        self, alice: Caller, cost: int, returned: int, rest: int
    ) -> None:
        key = funded(alice)
        name = held(alice, key, 40)
        answer = settle(alice, name, cost)
        told = {"id": name, "reserved": 40, "settled": cost, "returned": returned}
        assert (answer.status, answer.body) == (200, told)
        assert left(alice, key) == rest
        assert alice.verify(key["secret"], cost=rest)["valid"]

    def test_what_is_missing_is_taken_from_what_is_left(self, alice: Caller) -> None:
        key = funded(alice)
        name = held(alice, key, 40)
        assert alice.verify(key["secret"])["valid"]
        assert settle(alice, name, 99).body["returned"] == 0
        assert left(alice, key) == 0

    def test_it_is_cost_in_the_usage_and_no_request(self, alice: Caller) -> None:
        key = funded(alice)
        assert alice.verify(key["secret"], cost=3)["valid"]
        settle(alice, held(alice, key, 40), 15)
        settle(alice, held(alice, key, 40), 0)
        alice.post(f"/reservations/{held(alice, key, 40)}/release")
        totals = alice.get(f"/api_keys/{key['id']}/usage").body["totals"]
        assert (totals["requests"], totals["refused"], totals["cost"]) == (1, 0, 18)
        assert totals["by_verdict"] == {"valid": 1}
        assert alice.get(f"/api_keys/{key['id']}").body["total_requests"] == 1

    def test_more_than_there_is_changes_nothing(self, alice: Caller) -> None:
        key = funded(alice)
        name = held(alice, key, 40)
        answer = settle(alice, name, 101)
        assert (answer.status, answer.code) == (409, "credits_exhausted")
        assert left(alice, key) == 60
        assert settle(alice, name, 100).status == 200

    def test_a_second_time_there_is_nothing(self, alice: Caller) -> None:
        key = funded(alice)
        name = held(alice, key, 40)
        assert settle(alice, name, 10).status == 200
        assert settle(alice, name, 10).status == 404
        assert alice.post(f"/reservations/{name}/release").status == 404
        assert left(alice, key) == 90

    def test_it_works_on_a_key_that_was_revoked_or_deleted_meanwhile(self, alice: Caller) -> None:
        for stop in ("revoke", "delete"):
            key = funded(alice)
            name = held(alice, key, 40)
            path = f"/api_keys/{key['id']}"
            alice.post(f"{path}/revoke") if stop == "revoke" else alice.delete(path)
            assert settle(alice, name, 10).status == 200

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({}, ("/credits", "required")),
            ({"credits": -1}, ("/credits", "out_of_range")),
            ({"credits": 1.5}, ("/credits", "not_integer")),
            ({"credits": 1, "cost": 1}, ("/cost", "unknown_field")),
        ],
    )
    def test_a_bad_body_settles_nothing(
        self, alice: Caller, body: dict[str, Any], wrong: tuple[str, str]
    ) -> None:
        key = funded(alice)
        name = held(alice, key, 40)
        answer = alice.post(f"/reservations/{name}/settle", body)
        assert (answer.status, answer.errors) == (400, {wrong})
        assert left(alice, key) == 60

    def test_new_credits_do_not_touch_what_is_held(self, alice: Caller) -> None:
        key = funded(alice)
        name = held(alice, key, 40)
        assert alice.patch(f"/api_keys/{key['id']}", {"credits": 5}).status == 200
        assert left(alice, key) == 5
        assert settle(alice, name, 45).status == 200
        assert left(alice, key) == 0

    def test_credits_that_are_no_longer_counted_end_every_reservation(self, alice: Caller) -> None:
        key = funded(alice)
        name = held(alice, key, 40)
        alice.patch(f"/api_keys/{key['id']}", {"credits": None})
        alice.patch(f"/api_keys/{key['id']}", {"credits": 100})
        assert settle(alice, name, 10).status == 404
        assert left(alice, key) == 100

    @pytest.mark.parametrize("verb", ["settle", "release"])
    def test_another_tenants_reservation_is_missing(
        self, alice: Caller, bob: Caller, same_answer_as_missing: SameAsMissing, verb: str
    ) -> None:
        key = funded(alice)
        name, body = held(alice, key, 40), {"credits": 1} if verb == "settle" else None
        assert same_answer_as_missing("POST", f"/reservations/{{id}}/{verb}", name, body)
        assert bob.post(f"/reservations/{name}/{verb}", body).status == 403
        assert left(alice, key) == 60

    def test_repeated_with_an_idempotency_key_it_pays_once(self, alice: Caller) -> None:
        key = funded(alice)
        path = f"/reservations/{held(alice, key, 40)}/settle"
        first, again = (alice.post(path, {"credits": 10}, idempotency_key="a") for _ in range(2))
        assert (first.status, again.status, again.body) == (200, 200, first.body)
        assert left(alice, key) == 90


class TestRelease:
    """All of it goes back: by the caller, or when its time is over."""

    def test_everything_goes_back(self, alice: Caller) -> None:
        key = funded(alice)
        name = held(alice, key, 40)
        answer = alice.post(f"/reservations/{name}/release")
        assert (answer.status, answer.content) == (204, b"")
        assert alice.post(f"/reservations/{name}/release").status == 404
        assert left(alice, key) == 100

    def test_it_takes_no_body(self, alice: Caller) -> None:
        name = held(alice, funded(alice), 40)
        answer = alice.post(f"/reservations/{name}/release", {"credits": 1})
        assert answer.errors == {("/credits", "unknown_field")}

    def test_one_that_has_expired_is_missing_and_goes_back_by_itself(self, alice: Caller) -> None:
        key = funded(alice)
        name = held(alice, key, 40, seconds=10)
        later = utc_now() + timedelta(seconds=10)
        with time_machine.travel(later):
            assert settle(alice, name, 10).status == 404
            assert alice.post(f"/reservations/{name}/release").status == 404
        assert run_once(later)["reservations"] == 1
        assert run_once(later)["reservations"] == 0
        assert left(alice, key) == 100
        assert not Reservation.objects.exists()

    def test_what_has_expired_does_not_stand_in_the_way_of_the_next(self, alice: Caller) -> None:
        key = funded(alice)
        held(alice, key, 90, seconds=10)
        with time_machine.travel(utc_now() + timedelta(seconds=11)):
            held(alice, key, 100)
        assert left(alice, key) == 0
