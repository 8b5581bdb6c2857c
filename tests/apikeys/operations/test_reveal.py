"""The one-time page: looking never consumes, opening works once, for one staff member."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apikeys.domain.errors import NotFound, RevealGone
from apikeys.models import SealedSecret
from apikeys.operations import Presentation, verify
from apikeys.operations.reaching import utc_now
from apikeys.operations.reveal import (
    issue_for_page,
    open_once,
    peek,
    revise_for_page,
    rotate_for_page,
)
from tests.apikeys.personas import ROOT
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff_id() -> int:
    return StaffFactory.create().pk


def ticket_of(staff_id: int, **attributes: Any) -> str:
    ticket = issue_for_page(ROOT, staff_id, name="x", **attributes).ticket
    assert ticket is not None
    return ticket


def test_the_page_gives_a_secret_that_works_and_says_so_in_the_trail(staff_id: int) -> None:
    ticket = ticket_of(staff_id)
    with one_event("secret.revealed") as told:
        key, secrets = open_once(ROOT, ticket, staff_id)
    assert verify(Presentation(secrets["secret"])).valid
    assert told.event.object_id == key.public_id


def test_a_second_opening_finds_nothing_and_is_told(staff_id: int) -> None:
    ticket = ticket_of(staff_id)
    open_once(ROOT, ticket, staff_id)
    with one_event("reveal.refused"), pytest.raises(RevealGone):
        open_once(ROOT, ticket, staff_id)
    page = SealedSecret.objects.get()
    assert page.sealed is None
    assert page.opened_at is not None


def test_looking_does_not_open(staff_id: int) -> None:
    ticket = ticket_of(staff_id)
    with no_event():
        assert peek(ticket, staff_id).key is not None
        peek(ticket, staff_id)
    open_once(ROOT, ticket, staff_id)
    with pytest.raises(RevealGone):
        peek(ticket, staff_id)


def test_the_page_ends_with_its_minutes(staff_id: int) -> None:
    ticket, end = ticket_of(staff_id), utc_now() + timedelta(seconds=601)
    with pytest.raises(RevealGone):
        peek(ticket, staff_id, now=end)
    with one_event("reveal.refused"), pytest.raises(RevealGone):
        open_once(ROOT, ticket, staff_id, now=end)


def test_a_colleague_finds_no_page(staff_id: int) -> None:
    ticket, colleague = ticket_of(staff_id), StaffFactory.create().pk
    with no_event(), pytest.raises(NotFound):
        peek(ticket, colleague)
    with no_event(), pytest.raises(NotFound):
        open_once(ROOT, ticket, colleague)
    assert open_once(ROOT, ticket, staff_id)[1]


@pytest.mark.parametrize("ticket", ["", "nonsense", "recoverable:key_1"])
def test_a_guessed_ticket_opens_nothing(ticket: str, staff_id: int) -> None:
    with pytest.raises(NotFound):
        open_once(ROOT, ticket, staff_id)


def test_a_recoverable_secret_is_no_page(staff_id: int) -> None:
    KeyFactory.create(recoverable=True)
    place = SealedSecret.objects.get().place
    with pytest.raises(NotFound):
        open_once(ROOT, place, staff_id)


def test_a_client_secret_is_shown_beside_the_key(staff_id: int) -> None:
    _, secrets = open_once(ROOT, ticket_of(staff_id, requires_client_secret=True), staff_id)
    assert set(secrets) == {"secret", "client_secret"}


def test_an_imported_key_has_no_page(staff_id: int) -> None:
    assert issue_for_page(ROOT, staff_id, name="x", import_hash="a" * 64).ticket is None


def test_a_rotated_secret_waits_on_a_page(staff_id: int) -> None:
    key = KeyFactory.create()
    with one_event("key.rotated"):
        rotated = rotate_for_page(ROOT, staff_id, key.public_id, grace_seconds=60)
    assert rotated.ticket is not None
    _, secrets = open_once(ROOT, rotated.ticket, staff_id)
    assert verify(Presentation(secrets["secret"])).valid


def test_a_change_has_a_page_only_if_it_makes_a_client_secret(staff_id: int) -> None:
    key = KeyFactory.create()
    assert revise_for_page(ROOT, staff_id, key.public_id, name="y").ticket is None
    revised = revise_for_page(ROOT, staff_id, key.public_id, requires_client_secret=True)
    assert revised.ticket is not None
    assert set(open_once(ROOT, revised.ticket, staff_id)[1]) == {"client_secret"}


def test_the_ticket_is_not_the_secret_and_nothing_of_it_is_stored_in_clear(staff_id: int) -> None:
    ticket = ticket_of(staff_id)
    sealed = str(SealedSecret.objects.values().get())
    _, secrets = open_once(ROOT, ticket, staff_id)
    assert secrets["secret"].reveal() not in sealed
    assert len(ticket) >= 43
