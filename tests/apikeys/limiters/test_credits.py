"""Credits that lie partly in the ledger and partly in the limiter are one amount to everybody."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.domain.errors import CreditsExhausted, Undetermined
from apikeys.domain.secret import Secret
from apikeys.limiters.base import Limiter, LimiterDown
from apikeys.models import ApiKey, LedgerEntry
from apikeys.operations import Presentation, reserve_credits, settle_reservation, verify
from apikeys.operations.flushing import flush
from tests.apikeys.personas import ROOT
from tests.factories import minted


def used(**attributes: Any) -> tuple[ApiKey, str]:
    """A key of which one unit is spent, and some more were handed to the limiter."""
    key, secret = minted(**attributes)
    assert code(secret) == "valid"
    flush()
    return key, secret


def code(secret: str, cost: int = 1) -> str:
    return str(verify(Presentation(Secret(secret), cost=cost)).outcome)


def entry(key: ApiKey) -> LedgerEntry:
    return LedgerEntry.objects.get(key=key, kind="credits")


def test_a_verify_may_cost_all_that_is_left(any_limiter: Limiter) -> None:
    _, secret = used(credits=1000)
    assert code(secret, 999) == "valid"
    assert code(secret) == "credits_exhausted"


def test_one_that_costs_too_much_leaves_everything_to_cheaper_ones(any_limiter: Limiter) -> None:
    limits = {"credits": 1000, "max_uses": 1000, "requests_per_day": 1000}
    _, secret = used(**limits)
    assert code(secret, 1000) == "quota_exceeded"
    assert code(secret, 600) == "valid"
    assert code(secret, 399) == "valid"
    assert code(secret, 0) == "valid"


def test_what_the_limiter_holds_can_be_reserved(any_limiter: Limiter) -> None:
    key, secret = used(credits=1000)
    held = reserve_credits(ROOT, key.public_id, {"credits": 999})
    assert code(secret) == "credits_exhausted"
    assert settle_reservation(ROOT, held.public_id, {"credits": 500}).returned == 499
    assert code(secret, 499) == "valid"
    flush()
    assert (entry(key).settled, entry(key).reserved) == (1000, 0)


def test_what_the_limiter_holds_can_be_settled(any_limiter: Limiter) -> None:
    key, secret = used(credits=1000)
    held = reserve_credits(ROOT, key.public_id, {"credits": 1})
    assert settle_reservation(ROOT, held.public_id, {"credits": 999}).returned == 0
    assert code(secret) == "credits_exhausted"


def test_an_epoch_that_was_lost_is_established(
    any_limiter: Limiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = used(credits=1000)
    for name in ("_epoch", "_epochs"):
        if hasattr(any_limiter, name):
            monkeypatch.setattr(any_limiter, name, type(getattr(any_limiter, name))())
    assert reserve_credits(ROOT, key.public_id, {"credits": 999}).credits == 999


def test_without_the_limiter_only_what_the_ledger_has_can_be_reserved(
    any_limiter: Limiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LimiterDown

    key, _ = used(credits=1000)
    monkeypatch.setattr(any_limiter, "empty", fail)
    with pytest.raises(Undetermined):
        reserve_credits(ROOT, key.public_id, {"credits": 999})
    with pytest.raises(CreditsExhausted):
        reserve_credits(ROOT, key.public_id, {"credits": 1000})
    left = 1000 - entry(key).leased
    assert 0 < left < 999
    assert reserve_credits(ROOT, key.public_id, {"credits": left}).credits == left
