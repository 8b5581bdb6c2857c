"""`POST /leases/{id}/release`: a slot is free again, at once and only once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apikeys.limiters.base import LimiterDown
from apikeys.models import AuditEvent
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now
from tests.apikeys.api.native.conftest import SameAsMissing
from tests.calling import Caller


def leased(caller: Caller, **attributes: Any) -> tuple[str, str]:
    """A secret with one slot, which is taken, and the lease of it."""
    secret = caller.issue(**{"concurrent_requests": 1, **attributes})["secret"]
    lease = caller.verify(secret, lease=True)["lease"]
    assert lease.startswith("lease_")
    return secret, lease


def test_the_slot_is_free_at_once(alice: Caller) -> None:
    secret, lease = leased(alice)
    assert alice.verify(secret, lease=True)["code"] == "concurrency_exceeded"
    before = AuditEvent.objects.count()
    answer = alice.post(f"/leases/{lease}/release")
    assert (answer.status, answer.content) == (204, b"")
    assert AuditEvent.objects.count() == before
    assert alice.verify(secret, lease=True)["valid"]


def test_a_key_without_a_cap_gives_leases_too(alice: Caller) -> None:
    _, lease = leased(alice, concurrent_requests=None)
    assert alice.post(f"/leases/{lease}/release").status == 204
    assert alice.post(f"/leases/{lease}/release").status == 404


def test_what_was_released_or_has_ended_is_missing(alice: Caller) -> None:
    _, lease = leased(alice)
    assert alice.post(f"/leases/{lease}/release").status == 204
    assert alice.post(f"/leases/{lease}/release").status == 404
    _, ended = leased(alice)
    with time_machine.travel(utc_now() + timedelta(seconds=31)):
        assert alice.post(f"/leases/{ended}/release").status == 404


def test_another_tenants_lease_is_missing_and_stays(
    alice: Caller, root: Caller, same_answer_as_missing: SameAsMissing
) -> None:
    secret, lease = leased(alice)
    assert same_answer_as_missing("POST", "/leases/{id}/release", lease)
    assert alice.verify(secret, lease=True)["code"] == "concurrency_exceeded"
    assert root.post(f"/leases/{lease}/release").status == 204


@pytest.mark.parametrize(
    "lease", ["x", "lease_", "lease_" + "0" * 56, "lease_" + "G" * 56, "key_" + "0" * 32]
)
def test_what_is_no_lease_is_missing(alice: Caller, lease: str) -> None:
    answer = alice.post(f"/leases/{lease}/release")
    assert (answer.status, answer.code) == (404, "not_found")


def test_it_needs_the_scope_and_takes_no_body(alice: Caller, bob: Caller) -> None:
    _, lease = leased(alice)
    assert bob.post(f"/leases/{lease}/release").status == 403
    answer = alice.post(f"/leases/{lease}/release", {"reason": "done"})
    assert (answer.status, answer.errors) == (400, {("/reason", "unknown_field")})


def test_with_an_idempotency_key_it_can_be_repeated(alice: Caller) -> None:
    _, lease = leased(alice)
    first = alice.post(f"/leases/{lease}/release", idempotency_key="a")
    again = alice.post(f"/leases/{lease}/release", idempotency_key="a")
    assert (first.status, again.status, again.content) == (204, 204, b"")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_while_the_limiter_is_down_it_is_undetermined(
    alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise LimiterDown

    secret, lease = leased(alice)
    monkeypatch.setattr(limiter(), "release", fail)
    answer = alice.post(f"/leases/{lease}/release")
    assert (answer.status, answer.code) == (503, "undetermined")
    assert answer.headers["Retry-After"] == "1"
    monkeypatch.undo()
    assert alice.verify(secret, lease=True)["code"] == "concurrency_exceeded"
