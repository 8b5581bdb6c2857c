"""The ledger of hard quotas: what is handed out is gone, what was lost comes back, none twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from apikeys.limiters.base import Limiter
from apikeys.models import ApiKey, ClosingLot, LedgerEntry
from apikeys.operations import delete_key, ledger
from apikeys.operations.limiting import limiter
from apikeys.operations.reconciling import IDLE
from apikeys.operations.upkeep import purge_deleted_keys
from tests.engine.asking import ROOT, Key, entry, in_flight

Begin = Callable[[], Limiter]


def _raising(error: type[Exception]) -> Callable[..., None]:
    def call(*_: object) -> None:
        raise error

    return call


@pytest.mark.parametrize(
    "name", ["monthly_request_quota", "requests_per_day", "max_uses", "credits"]
)
def test_a_quota_is_spent_to_the_last_unit(begin: Begin, name: str) -> None:
    for limit in (0, 1, 40):
        key = Key({name: limit})
        assert key.passes_until_refused() == limit
        assert key.outcome() == ("credits_exhausted" if name == "credits" else "quota_exceeded")


@pytest.mark.parametrize("name", ["monthly_request_quota", "credits"])
def test_units_in_the_limiter_and_in_the_ledger_pay_for_one_request_together(
    begin: Begin, name: str
) -> None:
    key = Key({name: 167})
    key.verify()  # leases ten
    for cost in (7, 3, 100, 50, 3, 3):
        assert key.outcome(cost) == "valid"
    assert key.outcome() != "valid"


def test_what_does_not_fit_is_refused_and_leaves_what_there_is(begin: Begin) -> None:
    key = Key(credits=10)
    assert [key.outcome(cost) for cost in (7, 7, 4, 3, 1)] == [
        *("valid", "credits_exhausted", "credits_exhausted", "valid", "credits_exhausted"),
    ]


def test_a_limit_that_is_raised_and_lowered_counts_what_was_spent(begin: Begin) -> None:
    key = Key(max_uses=100)
    assert [key.outcome() for _ in range(5)] == ["valid"] * 5
    key.revise(max_uses=8)
    assert key.passes_until_refused() == 3
    key.revise(max_uses=4)
    assert key.outcome() == "quota_exceeded"
    key.revise(max_uses=10)
    assert key.passes_until_refused() == 2
    key.revise(max_uses=None)
    assert key.outcome() == "valid"


def test_credits_that_are_set_are_what_is_left(begin: Begin) -> None:
    key = Key(credits=100)
    assert key.outcome(30) == "valid"
    key.revise(credits=5)
    assert key.passes_until_refused() == 5
    key.revise(credits=40)
    assert key.outcome(39) == "valid"
    assert key.passes_until_refused() == 1
    key.revise(credits=None)
    assert key.outcome(1_000_000) == "valid"
    key.revise(credits=3)
    assert key.passes_until_refused() == 3


@pytest.mark.parametrize(
    ("interval", "before", "after"),
    [
        ("daily", "2031-03-05T23:59:50", "2031-03-06T00:00:00"),
        ("weekly", "2031-03-09T23:59:50", "2031-03-10T00:00:00"),
        ("monthly", "2031-03-31T23:59:50", "2031-04-01T00:00:00"),
    ],
)
def test_credits_come_back_when_their_period_begins(
    begin: Begin, interval: str, before: str, after: str
) -> None:
    refill = {"credits_refill_amount": 20, "credits_refill_interval": interval}
    key = Key(refill, credits=10, now=utc(before))
    assert key.outcome(10) == "valid"
    assert key.outcome() == "credits_exhausted"
    key.now = utc(after) - timedelta(seconds=2)
    assert key.passes_until_refused() == 20


def test_a_refill_never_lowers_what_is_left(begin: Begin) -> None:
    key = Key(credits=60, credits_refill_amount=20, credits_refill_interval="daily")
    assert key.outcome() == "valid"
    key.now += timedelta(days=1)
    assert key.passes_until_refused() == 59
    key.now += timedelta(days=1)
    assert key.passes_until_refused() == 20


@pytest.mark.parametrize(
    ("name", "length"),
    [("requests_per_day", timedelta(days=1)), ("monthly_request_quota", timedelta(days=31))],
)
def test_a_period_begins_anew_and_never_a_second_time(
    begin: Begin, name: str, length: timedelta
) -> None:
    key = Key({name: 5}, now=utc("2031-03-31T12:00:00"))
    assert key.passes_until_refused() == 5
    key.now += length
    assert [key.outcome() for _ in range(3)] == ["valid"] * 3
    key.now -= length  # the clock is set back: neither the old period nor the new one is whole
    assert key.passes_until_refused() == 2
    key.now += length
    assert key.outcome() == "quota_exceeded"


def test_units_that_lie_idle_come_back_and_are_none_too_many(begin: Begin) -> None:
    key = Key(max_uses=64)
    assert [key.outcome() for _ in range(3)] == ["valid"] * 3
    assert entry(key, "uses").leased > 3
    key.reconcile()
    assert (entry(key, "uses").leased, entry(key, "uses").settled) == (3, 3)
    assert not ClosingLot.objects.exists()
    assert key.passes_until_refused() == 61


def test_a_grant_that_was_lost_comes_back(begin: Begin) -> None:
    key = Key(max_uses=20)
    key.verify()
    _, grants = in_flight(key, "uses", 7)
    assert [it.units for it in grants] == [7]
    assert key.reconcile() == 7
    assert key.passes_until_refused() == 19


def test_a_lost_grant_comes_back_though_somebody_asks_in_vain_all_the_time(begin: Begin) -> None:
    key = Key(max_uses=8)
    key.verify()
    in_flight(key, "uses", 7)
    begun = key.now
    while key.now < begun + IDLE:
        assert key.outcome(after_seconds=30) == "quota_exceeded"
    assert key.reconcile(idle=IDLE) == 7
    assert key.passes_until_refused() == 7


def test_a_grant_that_arrives_behind_the_closing_of_its_lot_is_refused(begin: Begin) -> None:
    key = Key(max_uses=20)
    key.verify()
    subject, grants = in_flight(key, "uses", 7)
    key.reconcile()
    assert not limiter().grant(subject, grants)
    assert key.passes_until_refused() == 19


def test_nobody_is_refused_for_want_of_units_that_are_under_way(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Key(max_uses=2)
    key.verify()
    key.verify_elsewhere_until_it_leases()
    subject, grants = in_flight(key, "uses", 1)
    monkeypatch.setattr(time, "sleep", lambda _: limiter().grant(subject, grants))
    assert [key.verify(after_seconds=0).outcome for _ in range(2)] == ["valid", "quota_exceeded"]


def test_who_died_while_it_leased_is_waited_for_a_second(begin: Begin) -> None:
    key = Key(max_uses=2)
    key.verify()
    key.verify_elsewhere_until_it_leases()
    assert key.verify(after_seconds=1).outcome == "valid"


def test_who_leases_in_vain_keeps_nobody_waiting(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Key(max_uses=1)
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "lease", _raising(OperationalError))
        assert key.outcome() == "undetermined"
    monkeypatch.setattr(time, "sleep", _raising(AssertionError))
    assert key.verify(after_seconds=0).outcome == "valid"


def test_a_purged_key_takes_its_ledger_along(begin: Begin) -> None:
    key = Key(max_uses=50)
    key.verify()
    _, grants = in_flight(key, "uses", 7)
    assert grants
    delete_key(ROOT, key.row.public_id, now=key.now)
    purge_deleted_keys(key.now + timedelta(days=31))
    assert not ApiKey.objects.filter(pk=key.row.pk).exists()
    assert key.reconcile() == 0
    assert not LedgerEntry.objects.filter(key_id=key.row.pk).exists()
    assert key.outcome() == "not_found"


def test_a_quota_that_is_taken_away_while_units_are_fetched_stops_nobody(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change stands in the database, and its message is still on the way."""
    key = Key(requests_per_day=5, max_uses=50)
    monkeypatch.setattr(type(limiter()), "publish", lambda *_: None)
    key.verify(dry_run=True)
    limiter().empty(key.row.public_id)
    key.revise(requests_per_day=None)
    assert key.outcome() == "valid"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
