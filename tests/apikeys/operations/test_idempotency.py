"""The same request twice is one request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apikeys.domain.errors import IdempotencyConflict, IdempotencyInProgress
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, IdempotentRequest
from apikeys.operations import issue_key
from apikeys.operations.idempotency import Answer, Request, once
from apikeys.operations.tenants import ensure_default_tenant
from tests.apikeys.personas import ROOT
from tests.apikeys.trail import no_event, one_event

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)
REQUEST = Request("key_alice", "POST /api_keys", "abc", {"name": "x"})


def work() -> Answer:
    issued = issue_key(ROOT, name="x")
    assert issued.secret is not None
    return Answer(201, {"id": issued.key.public_id}, {"secret": issued.secret})


def never() -> Answer:
    raise AssertionError("the work was done twice")


def test_a_repeated_request_gets_the_same_answer_and_makes_nothing() -> None:
    ensure_default_tenant()
    with one_event("key.issued"):
        first = once(REQUEST, work, now=NOW)
        again = once(REQUEST, never, now=NOW + timedelta(minutes=9))
    assert ApiKey.objects.count() == 1
    assert (again.status_code, again.body, again.secrets) == (201, first.body, first.secrets)
    assert (first.replayed, again.replayed, again.secrets_gone) == (False, True, False)


def test_the_secret_is_in_a_repeated_answer_for_minutes_only() -> None:
    first = once(REQUEST, work, now=NOW)
    late = once(REQUEST, never, now=NOW + timedelta(seconds=600))
    assert (late.body, late.secrets, late.secrets_gone) == (first.body, {}, True)


def test_the_secret_is_not_stored_in_clear() -> None:
    first = once(REQUEST, work, now=NOW)
    assert first.secrets["secret"].reveal() not in str(IdempotentRequest.objects.values().get())


def test_an_answer_without_secrets_lacks_none() -> None:
    once(REQUEST, lambda: Answer(204, None, {}), now=NOW)
    again = once(REQUEST, never, now=NOW + timedelta(hours=23))
    assert (again.status_code, again.secrets_gone) == (204, False)


@pytest.mark.parametrize("body", [{"name": "y"}, {}, None, {"name": "x", "tags": []}])
def test_another_body_under_the_same_key_is_a_conflict(body: object) -> None:
    once(REQUEST, work, now=NOW)
    other = Request(REQUEST.caller, REQUEST.route, REQUEST.key, body)
    with no_event(), pytest.raises(IdempotencyConflict):
        once(other, never, now=NOW)


@pytest.mark.parametrize(
    "other",
    [
        Request("key_bob", REQUEST.route, REQUEST.key, REQUEST.body),
        Request(REQUEST.caller, "POST /tenants", REQUEST.key, REQUEST.body),
        Request(REQUEST.caller, REQUEST.route, "abd", REQUEST.body),
    ],
)
def test_caller_route_and_key_make_it_another_request(other: Request) -> None:
    once(REQUEST, work, now=NOW)
    assert not once(other, work, now=NOW).replayed
    assert ApiKey.objects.count() == 2


def test_after_a_day_it_is_a_new_request() -> None:
    once(REQUEST, work, now=NOW)
    assert not once(REQUEST, work, now=NOW + timedelta(days=1)).replayed


def test_an_error_is_not_remembered_and_leaves_nothing() -> None:
    def fails() -> Answer:
        work()
        raise RuntimeError

    with no_event(), pytest.raises(RuntimeError):
        once(REQUEST, fails, now=NOW)
    assert not ApiKey.objects.exists()
    assert not once(REQUEST, work, now=NOW).replayed


def test_while_the_first_is_running_the_second_waits() -> None:
    def meanwhile() -> Answer:
        with pytest.raises(IdempotencyInProgress):
            once(REQUEST, never, now=NOW + timedelta(seconds=59))
        return work()

    once(REQUEST, meanwhile, now=NOW)


def test_a_process_that_died_gives_way_after_its_lease() -> None:
    def dies() -> Answer:
        raise KeyboardInterrupt  # like a kill: nothing is released

    with pytest.raises(KeyboardInterrupt):
        once(REQUEST, dies, now=NOW)
    with pytest.raises(IdempotencyInProgress):
        once(REQUEST, never, now=NOW + timedelta(seconds=59))
    assert not once(REQUEST, work, now=NOW + timedelta(seconds=60)).replayed


def test_who_lost_the_lease_undoes_its_work() -> None:
    def overtaken() -> Answer:
        once(REQUEST, work, now=NOW + timedelta(seconds=61))
        return work()

    with pytest.raises(IdempotencyInProgress):
        once(REQUEST, overtaken, now=NOW)


@pytest.mark.parametrize("damage", ["v1.nonsense", None])
def test_a_seal_that_cannot_be_opened_means_that_the_secret_is_gone(damage: Any) -> None:
    once(REQUEST, work, now=NOW)
    IdempotentRequest.objects.update(sealed=damage)
    again = once(REQUEST, never, now=NOW)
    assert (again.secrets, again.secrets_gone) == ({}, True)


def test_a_secret_compares_by_value_in_an_answer() -> None:
    assert Answer(200, None, {"a": Secret("x")}) == Answer(200, None, {"a": Secret("x")})
