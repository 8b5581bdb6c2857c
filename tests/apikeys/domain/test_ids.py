from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest

from apikeys.domain import ids, minting


@pytest.mark.parametrize(
    ("make", "form"),
    [
        (ids.new_key_id, r"key_[0-9a-f]{32}"),
        (ids.new_tenant_id, r"org_[0-9A-Za-z]{27}"),
        (ids.new_event_id, r"evt_[0-9a-f]{32}"),
        (ids.new_client_id, r"sc_[0-9A-Za-z]{22}"),
        (ids.new_ticket, r"[0-9A-Za-z_-]{43}"),
    ],
)
def test_each_id_has_its_form(make: Callable[[], str], form: str) -> None:
    assert re.fullmatch(form, make())


@pytest.mark.parametrize(
    "make",
    [
        ids.new_key_id,
        ids.new_tenant_id,
        ids.new_event_id,
        ids.new_client_id,
        ids.new_number,
        ids.new_request_id,
        ids.new_ticket,
    ],
)
def test_no_two_ids_are_the_same(make: Callable[[], str | int]) -> None:
    assert len({make() for _ in range(500)}) == 500


def test_numbers_are_positive_and_fit_into_a_signed_64_bit_column() -> None:
    assert all(0 < ids.new_number() < 2**63 for _ in range(500))


def test_numbers_use_the_upper_half_of_their_range_too() -> None:
    assert any(ids.new_number() >= 2**62 for _ in range(200))


def test_a_request_id_is_a_random_uuid() -> None:
    assert uuid.UUID(ids.new_request_id()).version == 4


@pytest.mark.parametrize(
    "make", [ids.new_key_id, ids.new_tenant_id, ids.new_event_id, ids.new_client_id]
)
def test_no_id_can_be_taken_for_a_secret(make: Callable[[], str]) -> None:
    assert not minting.has_our_shape(make())
    assert re.search(minting.SCANNER_PATTERN, make()) is None
