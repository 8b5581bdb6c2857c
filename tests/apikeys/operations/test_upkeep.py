"""What is done from time to time, and again when it failed."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, IdempotentRequest, SealedSecret
from apikeys.operations import delete_key
from apikeys.operations.idempotency import Answer, Request, once
from apikeys.operations.reaching import utc_now
from apikeys.operations.reveal import issue_for_page
from apikeys.operations.upkeep import JOBS, run_forever, run_once
from tests.apikeys.personas import ROOT
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, StaffFactory

pytestmark = pytest.mark.django_db

NOTHING = {"reveals": 0, "idempotency": 0, "keys": 0, "usage": 0, **dict.fromkeys(JOBS, 0)}


def test_a_fresh_deployment_has_nothing_to_do() -> None:
    KeyFactory.create(recoverable=True)
    with no_event():
        assert run_once() == NOTHING


def test_an_expired_reveal_page_is_dropped_and_a_recoverable_copy_is_not() -> None:
    KeyFactory.create(recoverable=True)
    issue_for_page(ROOT, StaffFactory.create().pk, name="x")
    assert run_once() == NOTHING
    assert run_once(utc_now() + timedelta(seconds=601)) == {**NOTHING, "reveals": 1}
    assert SealedSecret.objects.get().purpose == "recoverable"


def test_replayable_secrets_are_blanked_after_minutes_and_requests_forgotten_after_a_day() -> None:
    now = utc_now()
    answer = Answer(201, {}, {"secret": Secret("plain")})
    once(Request("a", "b", "c", None), lambda: answer, now=now)
    assert run_once(now + timedelta(seconds=600)) == {**NOTHING, "idempotency": 1}
    assert IdempotentRequest.objects.get().sealed is None
    assert run_once(now + timedelta(days=1)) == {**NOTHING, "idempotency": 1}
    assert not IdempotentRequest.objects.exists()


def test_a_deleted_key_is_purged_when_nobody_can_restore_it() -> None:
    key, now = KeyFactory.create(), utc_now()
    delete_key(ROOT, key.public_id, now=now)
    assert run_once(now + timedelta(days=30, microseconds=-1)) == NOTHING
    with one_event("key.purged"):
        assert run_once(now + timedelta(days=30)) == {**NOTHING, "keys": 1}
    assert not ApiKey.objects.exists()


def test_a_failed_round_is_logged_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop, rounds = threading.Event(), []

    def fails_once() -> dict[str, int]:
        rounds.append(1)
        if len(rounds) == 1:
            raise RuntimeError("a statement with a value in it")
        stop.set()
        return NOTHING

    monkeypatch.setattr("apikeys.operations.upkeep.run_once", fails_once)
    monkeypatch.setattr("apikeys.operations.upkeep.close_old_connections", lambda: None)
    run_forever(stop, interval_seconds=0)
    assert len(rounds) == 2
    assert "upkeep failed" in caplog.text
    assert "a statement" not in caplog.text
