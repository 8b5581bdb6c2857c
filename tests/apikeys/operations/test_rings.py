"""Moving from one root key to the next."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings

from apikeys.domain.keyrings import new_root_key_text
from apikeys.domain.sealing import SealBroken, sealed_under
from apikeys.models import AccessPolicy, KeySecret, RingEntry, SealedSecret
from apikeys.operations import Presentation, issue_key, read_secret, verify
from apikeys.operations.reveal import issue_for_page, open_once
from apikeys.operations.rings import RingMismatch, check_ring, rewrap
from apikeys.operations.verify import client_secret_digests
from tests.apikeys.personas import ROOT
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, StaffFactory

pytestmark = pytest.mark.django_db

OLD, NEW = new_root_key_text(), new_root_key_text()


@pytest.fixture
def ring(settings: Any) -> Any:
    """Puts a ring in place: `ring(NEW, OLD)`."""

    def put(*entries: str) -> None:
        settings.APIKEYS = {**django_settings.APIKEYS, "KEYS": ",".join(entries)}

    return put


def test_after_a_rewrap_the_old_root_key_is_not_needed(ring: Any) -> None:
    ring(OLD)
    check_ring()
    staff = StaffFactory.create().pk
    issued = issue_key(ROOT, name="x", recoverable=True, requires_client_secret=True)
    waiting = issue_for_page(ROOT, staff, name="y").ticket
    assert issued.secret is not None
    assert issued.client_secret is not None
    assert waiting is not None
    ring(NEW, OLD)
    check_ring()
    assert sum(rewrap()) == 5  # two secrets, one client secret, one copy, one page
    ring(NEW)
    check_ring()
    digests = client_secret_digests(issued.client_secret)
    assert verify(Presentation(issued.secret, client_secret_digests=digests)).valid
    assert read_secret(ROOT, issued.key.public_id) == issued.secret
    assert verify(Presentation(open_once(ROOT, waiting, staff)[1]["secret"])).valid


def test_a_second_rewrap_has_nothing_to_do(ring: Any) -> None:
    ring(OLD)
    KeyFactory.create(recoverable=True, requires_client_secret=True)
    ring(NEW, OLD)
    with one_event("storage.rewrapped") as told:
        list(rewrap())
    assert told.event.changes["rows"] == 3
    with no_event():
        assert list(rewrap()) == []


def test_a_rewrap_that_was_stopped_goes_on_where_it_was(
    ring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apikeys.operations.rings.BATCH", 2)
    ring(OLD)
    for _ in range(5):
        KeyFactory.create()
    ring(NEW, OLD)
    assert next(rewrap()) == 2
    assert list(rewrap()) == [2, 1]


def test_everything_is_under_the_first_root_key_afterwards(ring: Any) -> None:
    ring(OLD)
    KeyFactory.create(recoverable=True, requires_client_secret=True)
    ring(NEW, OLD)
    check_ring()
    list(rewrap())
    (first,) = RingEntry.objects.values_list("fingerprint", flat=True)
    secret, policy = KeySecret.objects.get(), AccessPolicy.objects.get()
    copy = SealedSecret.objects.get()
    seals = (secret.fingerprint, policy.client_secret_fingerprint, copy.sealed)
    assert {sealed_under(seal or "") for seal in seals} == {first}
    assert secret.pepper_id == first


def test_a_ring_without_a_root_key_in_use_is_refused(ring: Any) -> None:
    ring(OLD)
    check_ring()
    ring(NEW)
    with pytest.raises(RingMismatch, match="apikeys_rewrap") as refusal:
        check_ring()
    assert OLD not in str(refusal.value)
    ring(NEW, OLD)
    check_ring()


def test_a_rewrap_without_the_old_root_key_changes_nothing(ring: Any) -> None:
    ring(OLD)
    KeyFactory.create()
    before = KeySecret.objects.values().get()
    ring(NEW)
    with pytest.raises(SealBroken):
        list(rewrap())
    assert KeySecret.objects.values().get() == before
