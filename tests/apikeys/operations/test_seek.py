"""Finding the key of a leaked secret."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings

from apikeys.domain.keyrings import new_root_key_text
from apikeys.domain.secret import Secret
from apikeys.models import AuditEvent
from apikeys.operations import delete_key, revoke_key, rotate_secret
from apikeys.operations.seek import find_by_secret
from tests.apikeys.personas import ROOT, alice, charlie
from tests.apikeys.trail import no_event, one_event
from tests.factories import minted

pytestmark = pytest.mark.django_db


def test_a_hit_is_told_without_the_secret() -> None:
    key, secret = minted()
    with one_event("secret.sought") as told:
        assert find_by_secret(ROOT, Secret(secret)) == key
    assert told.event.object_id == key.public_id
    assert secret not in str(AuditEvent.objects.values().last())


def test_a_secret_that_no_longer_works_is_found_too() -> None:
    key, secret = minted()
    rotate_secret(ROOT, key.public_id)
    revoke_key(ROOT, key.public_id)
    delete_key(ROOT, key.public_id)
    assert find_by_secret(ROOT, Secret(secret)) == key


def test_a_secret_from_before_a_new_root_key_is_found(settings: Any) -> None:
    key, secret = minted()
    old = django_settings.APIKEYS["KEYS"]
    settings.APIKEYS = {**django_settings.APIKEYS, "KEYS": f"{new_root_key_text()},{old}"}
    assert find_by_secret(ROOT, Secret(secret)) == key


@pytest.mark.parametrize("text", ["", "unknown", "ks_live_", "x" * 9999, "\ud800"])
def test_a_miss_leaves_no_trace(text: str) -> None:
    minted()
    with no_event():
        assert find_by_secret(ROOT, Secret(text)) is None


def test_charlie_does_not_learn_whose_secret_it_is() -> None:
    _, secret = minted(tenant=alice().tenant_id)
    stranger = charlie()
    with no_event():
        assert find_by_secret(stranger, Secret(secret)) is None
