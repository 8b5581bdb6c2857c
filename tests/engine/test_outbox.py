"""Changes that could not be told at once: the outbox finishes them, nobody profits meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from apikeys.domain.errors import RevocationPending
from apikeys.limiters.base import Limiter
from apikeys.models import ApiKey, AuditEvent, OutboxMessage
from apikeys.operations import limiting, revoke_key
from apikeys.operations.changes import publish_pending
from apikeys.operations.reaching import utc_now
from apikeys.operations.root import renew_root_key
from tests.calling import Caller
from tests.engine.asking import ROOT, Key
from tests.engine.cutting import redis_is_down
from tests.factories import TenantFactory


class Died(BaseException):
    """The process was killed."""


@pytest.fixture(autouse=True)
def redis(
    fresh: None, made: Callable[[str], Callable[[], Limiter]], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Limiter]:
    # The breaker lets every call try, so that Redis is back as soon as it is back.
    monkeypatch.setattr("apikeys.limiters.remote.breaker.PAUSE_SECONDS", 0.0)
    make = made("redis")
    limiting.install(make())
    return make


def caller() -> Caller:
    """Whoever holds the root key."""
    return Caller(renew_root_key().reveal())


def killed_before_publishing(monkeypatch: pytest.MonkeyPatch, verb: Callable[[], object]) -> None:
    def die(*_: Any, **__: Any) -> NoReturn:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr("apikeys.operations.changes._publish", die)
        patched.setattr(type(limiting.limiter()), "publish", die)
        with pytest.raises(Died):
            verb()


def test_what_a_killed_process_did_not_publish_is_published_by_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = Key()
    assert key.outcome() == "valid"
    killed_before_publishing(monkeypatch, lambda: revoke_key(ROOT, key.row.public_id))
    assert ApiKey.objects.get(pk=key.row.pk).revoked_at is not None
    assert OutboxMessage.objects.count() == 1
    assert publish_pending(utc_now()) == 1
    assert key.outcome() == "revoked"
    assert not OutboxMessage.objects.exists()


VERBS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "revoke": ("POST", "/api_keys/{key}/revoke", {"reason": "leaked"}),
    "disable": ("POST", "/api_keys/{key}/disable", None),
    "hold": ("PATCH", "/api_keys/{key}", {"hold": "suspended"}),
    "tenant": ("PATCH", "/tenants/{tenant}", {"status": "suspended"}),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_stop_that_cannot_be_confirmed_is_told_and_safe_to_repeat(verb: str) -> None:
    tenant = TenantFactory.create()
    key, root = Key(tenant=tenant.public_id), caller()
    method, path, body = VERBS[verb]
    address = path.format(key=key.row.public_id, tenant=tenant.public_id)
    assert key.outcome() == "valid"
    with redis_is_down():
        pending = root.call(method, address, body)
        assert (pending.status, pending.code) == (503, "revocation_pending")
        assert pending.headers["Retry-After"]
        assert key.outcome() != "valid"
        assert root.call(method, address, body).status == 503
    stored = ApiKey.objects.filter(pk=key.row.pk).values().get()
    events = AuditEvent.objects.count()
    again = root.call(method, address, body)
    assert again.status == 200
    assert key.outcome() in {"revoked", "disabled", "suspended"}
    assert ApiKey.objects.filter(pk=key.row.pk).values().get() == stored
    assert AuditEvent.objects.count() == events
    assert not OutboxMessage.objects.exists()


def test_deleting_that_cannot_be_confirmed_is_finished_by_the_worker() -> None:
    key, root = Key(), caller()
    assert key.outcome() == "valid"
    with redis_is_down():
        assert root.delete(f"/api_keys/{key.row.public_id}").code == "revocation_pending"
        assert key.outcome() == "not_found"
    assert publish_pending(utc_now()) == 1
    assert key.outcome() == "not_found"
    assert root.delete(f"/api_keys/{key.row.public_id}").status == 404


def test_a_message_waits_while_redis_is_down_and_is_not_lost() -> None:
    key = Key()
    key.verify()
    with redis_is_down():
        for _ in range(2):
            with pytest.raises(RevocationPending):
                revoke_key(ROOT, key.row.public_id)
        with pytest.raises(RevocationPending):
            publish_pending(utc_now())
    assert OutboxMessage.objects.count() == 1
    assert publish_pending(utc_now()) == 1
    assert key.outcome() == "revoked"


def test_what_opens_a_key_is_answered_though_it_cannot_be_told_yet() -> None:
    key, root = Key(hold="disabled"), caller()
    assert key.outcome() == "disabled"
    with redis_is_down():
        assert root.post(f"/api_keys/{key.row.public_id}/enable").status == 200
        assert key.outcome() == "valid"
    publish_pending(utc_now())
    assert key.outcome() == "valid"
