"""What is stored of machine secrets and tokens: moved to a new root key, and forgotten in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from apikeys.domain.keyrings import new_root_key_text
from apikeys.domain.sealing import SealBroken
from apikeys.operations import Actor
from apikeys.operations.reaching import utc_now
from apikeys.operations.rings import check_ring, rewrap
from apikeys.operations.upkeep import run_once
from clients.models import M2MToken, MachineSecret
from clients.operations import (
    check_m2m_token,
    create_machine,
    issue_m2m_token,
    machine_of,
    read_machine_secret,
    revoke_m2m_token,
    rotate_machine_secret,
)
from clients.operations.upkeep import M2M_TOKENS_KEPT

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("tests")
SECOND = timedelta(seconds=1)


@pytest.fixture
def ring(settings: Any) -> Any:
    """Puts a ring in place: `ring(new, old)`."""

    def put(*entries: str) -> None:
        settings.APIKEYS = {**django_settings.APIKEYS, "KEYS": ",".join(entries)}

    return put


def test_after_a_rewrap_the_old_root_key_is_not_needed(ring: Any) -> None:
    old, new = new_root_key_text(), new_root_key_text()
    ring(old)
    check_ring()
    made = create_machine(SYSTEM, {"name": "worker"})
    client_id = made.client.public_id
    second = rotate_machine_secret(SYSTEM, client_id, previous_seconds=60)
    issued, over = (issue_m2m_token(SYSTEM, client_id, claims=it) for it in (1, 2))
    revoke_m2m_token(SYSTEM, over.token.public_id)
    ring(new, old)
    check_ring()
    assert check_m2m_token(issued.secret, tenant_id=None) == issued.token
    assert sum(rewrap()) == 3  # two machine secrets, one token
    ring(new)
    check_ring()
    assert {machine_of(it) for it in (made.secret, second)} == {made.client}
    assert read_machine_secret(SYSTEM, client_id) == second
    assert check_m2m_token(issued.secret, tenant_id=None) == issued.token
    again = issue_m2m_token(SYSTEM, client_id, claims=1, min_remaining_seconds=60)
    assert again.secret == issued.secret


def test_a_seal_that_was_moved_opens_nothing() -> None:
    client_id = create_machine(SYSTEM, {"name": "worker"}).client.public_id
    one, other = (issue_m2m_token(SYSTEM, client_id, claims=it).token for it in (1, 2))
    M2MToken.objects.filter(pk=one.pk).update(sealed=other.sealed)
    with pytest.raises(SealBroken):
        issue_m2m_token(SYSTEM, client_id, claims=1, min_remaining_seconds=60)


def test_no_plaintext_is_stored() -> None:
    made = create_machine(SYSTEM, {"name": "worker"})
    issued = issue_m2m_token(SYSTEM, made.client.public_id)
    stored = repr([*MachineSecret._default_manager.values_list(), *M2MToken.objects.values_list()])
    for secret in (made.secret, issued.secret):
        assert secret.reveal()[8:20] not in stored


def test_what_has_ended_is_forgotten_some_days_later() -> None:
    now = utc_now()
    client_id = create_machine(SYSTEM, {"name": "worker"}).client.public_id
    rotate_machine_secret(SYSTEM, client_id, previous_seconds=60, now=now)
    kept = issue_m2m_token(SYSTEM, client_id, lifetime=timedelta(days=30), now=now).token
    issue_m2m_token(SYSTEM, client_id, lifetime=SECOND, now=now)
    revoked = issue_m2m_token(SYSTEM, client_id, lifetime=timedelta(days=30), now=now).token
    revoke_m2m_token(SYSTEM, revoked.public_id, now=now + SECOND)
    run_once(now + timedelta(seconds=60))
    assert MachineSecret._default_manager.count() == 1
    assert M2MToken.objects.count() == 3
    run_once(now + M2M_TOKENS_KEPT + SECOND)
    assert list(M2MToken.objects.all()) == [kept]
