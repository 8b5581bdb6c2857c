"""What is done from time to time, and again when it failed."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from apikeys.domain.secret import Secret
from apikeys.limiters.base import LimiterDown
from apikeys.models import ApiKey, IdempotentRequest, SealedSecret
from apikeys.operations import delete_key, revoke_key
from apikeys.operations.idempotency import Answer, Request, once
from apikeys.operations.reaching import utc_now
from apikeys.operations.reveal import issue_for_page
from apikeys.operations.upkeep import Duty, duties, run_forever, run_once
from tests.apikeys.personas import ROOT
from tests.apikeys.trail import no_event, one_event
from tests.factories import KeyFactory, StaffFactory

pytestmark = pytest.mark.django_db

NOTHING = dict.fromkeys([duty.name for duty in duties()], 0)


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


def test_without_a_limiter_the_jobs_that_need_none_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(_: object) -> int:
        raise LimiterDown

    monkeypatch.setattr("apikeys.operations.upkeep.flush", down)
    issue_for_page(ROOT, StaffFactory.create().pk, name="x")
    with pytest.raises(LimiterDown):
        run_once(utc_now() + timedelta(seconds=601))
    assert not SealedSecret.objects.exists()


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
    before = run_once(now + timedelta(days=30, microseconds=-1))
    assert before == {**NOTHING, "outbox": 1}
    with one_event("key.purged"):
        assert run_once(now + timedelta(days=30)) == {**NOTHING, "keys": 1}
    assert not ApiKey.objects.exists()


def test_a_failed_job_is_logged_and_tried_again_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop, done = threading.Event(), []

    def fails_once(_: datetime) -> int:
        done.append("first")
        if len(done) == 1:
            raise RuntimeError("a statement with a value in it")
        return 0

    def ends(_: datetime) -> int:
        done.append("second")
        if done.count("second") == 2:
            stop.set()
        return 0

    two = [Duty("first", 0, fails_once), Duty("second", 0, ends)]
    monkeypatch.setattr("apikeys.operations.upkeep.duties", lambda: iter(two))
    monkeypatch.setattr("apikeys.operations.upkeep.close_old_connections", lambda: None)
    run_forever(stop, tick_seconds=0)
    assert done == ["first", "second", "first", "second"]
    assert "a job failed" in caplog.text
    assert "a statement" not in caplog.text


def test_the_outbox_is_cleared_of_what_is_in_no_cache_any_more() -> None:
    key = KeyFactory.create()
    revoke_key(ROOT, key.public_id)
    assert run_once(utc_now() + timedelta(minutes=59))["outbox"] == 0
    assert run_once(utc_now() + timedelta(minutes=61))["outbox"] == 1
