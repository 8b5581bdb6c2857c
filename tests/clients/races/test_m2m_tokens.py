"""Many workers of one machine that ask for a token at once, and changes of its scopes at once."""

from __future__ import annotations

from functools import partial

import pytest

from clients.models import M2MToken, MachineScope
from clients.operations import (
    IssuedM2M,
    create_machine,
    create_machine_scope,
    delete_client,
    issue_m2m_token,
)
from tests.clients.machines import SYSTEM
from tests.races.crew import TRIALS, crew_of, of_type

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 20


def test_of_many_that_share_a_token_all_get_the_same() -> None:
    with crew_of(WORKERS) as crew:
        for _ in range(TRIALS):
            client_id = create_machine(SYSTEM, {"name": "pool"}).client.public_id
            ask = partial(issue_m2m_token, SYSTEM, client_id, min_remaining_seconds=60)
            issued = of_type(IssuedM2M, crew.all_do(ask))
            assert len(issued) == WORKERS
            assert len({it.secret.reveal() for it in issued}) == 1
            assert M2MToken.objects.filter(client__public_id=client_id).count() == 1


def test_scopes_in_both_directions_at_once_do_not_lock_one_another() -> None:
    with crew_of(WORKERS) as crew:
        for _ in range(TRIALS):
            one, other = (
                create_machine(SYSTEM, {"name": name}).client.public_id for name in ("a", "b")
            )
            asks = [
                partial(create_machine_scope, SYSTEM, *pair)
                for pair in ((one, other), (other, one))
            ]
            made = of_type(MachineScope, crew.do(asks * (WORKERS // 2)))
            assert len(made) == WORKERS
            assert MachineScope._default_manager.filter(from_client__public_id=one).count() == 1
            delete_client(SYSTEM, other)
            assert not MachineScope._default_manager.filter(from_client__public_id=one).exists()
