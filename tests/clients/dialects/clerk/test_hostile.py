"""What every route is asked that it must refuse, asked by a machine, which alone makes tokens."""

from __future__ import annotations

import pytest

from tests.clients.dialects.clerk.calling import TOKENS, Asker
from tests.hostile.battery import Order, battery
from tests.hostile.test_every_route import faults, is_taken

pytestmark = pytest.mark.django_db

MEMBERS = ("token_format", "seconds_until_expiration", "claims", "min_remaining_ttl_seconds")


@pytest.mark.parametrize("wanted", ["opaque", "jwt"])
def test_a_machine_that_asks_for_nonsense_is_refused_and_nothing_is_written(
    alice: Asker, wanted: str
) -> None:
    secret = alice.made()["secret_key"]
    body = {"token_format": wanted, "claims": {"a": 1}}
    order = Order("POST", TOKENS, body, members=tuple((name,) for name in MEMBERS))
    assert is_taken(order, secret, 201)
    assert faults(battery(order), secret) == []
