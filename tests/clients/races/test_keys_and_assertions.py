"""Many requests for keys at once, many equal assertions at once, and tokens across rotations."""

from __future__ import annotations

from functools import partial

import pytest
from django.test import Client

from apikeys.models import AuditEvent
from clients.domain.errors import TooManyAccessKeys
from clients.models import UsedAssertion
from clients.operations import (
    bearer_of,
    create_client,
    issue_token,
    request_access_key,
    rotate_signing_key,
)
from clients.operations.access_keys import RequestedKey
from tests.clients.machines import SYSTEM, Machine, machine
from tests.races.crew import TRIALS, crew_of, of_type

pytestmark = pytest.mark.django_db(transaction=True)

ASKERS = 50
TWINS = 64
ROTATIONS = 10


def test_of_fifty_requests_for_a_key_five_succeed() -> None:
    with crew_of(ASKERS) as crew:
        for _ in range(TRIALS):
            client = create_client(SYSTEM)
            results = crew.all_do(partial(request_access_key, SYSTEM, client.public_id))
            assert len(of_type(RequestedKey, results)) == 5
            assert len(of_type(TooManyAccessKeys, results)) == ASKERS - 5
            assert client.access_keys.filter(revoked_at=None).count() == 5
            events = AuditEvent.objects.filter(action="access_key.created")
            assert events.filter(object_id__in=client.access_keys.values("public_id")).count() == 5


def test_of_64_equal_assertions_one_gets_a_token() -> None:
    it = machine()
    with crew_of(TWINS) as crew:
        assertion = it.assertion()
        statuses = crew.all_do(partial(_token, it, assertion))
    assert sorted(map(str, statuses)).count("200") == 1
    # The others are refused: as replays, or for trying too often.
    assert {str(status) for status in statuses} <= {"200", "401", "429"}
    assert UsedAssertion._default_manager.count() == 1


def _token(it: Machine, assertion: str) -> int:
    form = (
        "grant_type=client_credentials"
        "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        f"&client_assertion={assertion}"
    )
    kind = "application/x-www-form-urlencoded"
    return Client().post("/oauth/token", form, content_type=kind).status_code


def test_no_token_is_refused_while_signing_keys_rotate() -> None:
    it = machine()
    issued: list[str] = []

    def issue_and_check() -> int:
        for _ in range(20):
            issued.append(issue_token(it.client).token.reveal())
            assert bearer_of(issued[-1], thumbprint=None).client == it.client
        return 20

    def rotate() -> int:
        for _ in range(ROTATIONS):
            rotate_signing_key(SYSTEM)
        return ROTATIONS

    with crew_of(5) as crew:
        results = crew.do([issue_and_check] * 4 + [rotate])
    assert results == [20, 20, 20, 20, ROTATIONS]
    assert all(bearer_of(token, thumbprint=None).issued_here for token in issued)
