"""One event for each mutation, or no mutation. Tampering: `tests/attacks/test_tampering.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth.models import User

from apikeys.domain.events import Action
from apikeys.domain.keyrings import new_root_key_text
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, AuditEvent, AuditHead
from apikeys.models.audit import AppendOnly
from apikeys.operations import (
    create_tenant,
    delete_key,
    disable_key,
    enable_key,
    issue_key,
    read_secret,
    restore_key,
    revise_key,
    revise_tenant,
    revoke_key,
    rotate_secret,
)
from apikeys.operations.audit import record, verify_chain
from apikeys.operations.reaching import utc_now
from apikeys.operations.remove import purge_key
from apikeys.operations.reveal import issue_for_page, open_once
from apikeys.operations.root import ensure_root_key, renew_root_key
from apikeys.operations.seek import find_by_secret
from tests.apikeys.personas import ROOT, alice
from tests.apikeys.trail import one_event
from tests.factories import KeyFactory, StaffFactory, TenantFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)


def _disabled(key: ApiKey) -> None:
    disable_key(ROOT, key.public_id)


def _deleted(key: ApiKey) -> None:
    delete_key(ROOT, key.public_id)


def _nothing(key: ApiKey) -> None:
    pass


def _page(key: ApiKey) -> str:
    ticket = issue_for_page(ROOT, StaffFactory.create(username="page").pk, name="y").ticket
    assert ticket is not None
    return ticket


# The verb, and what has to be done before.
VERBS: dict[str, tuple[Callable[[ApiKey], Any], Callable[[ApiKey, Any], Any]]] = {
    "key.issued": (_nothing, lambda key, _: issue_key(ROOT, name="y", recoverable=True)),
    "key.revised": (_nothing, lambda key, _: revise_key(ROOT, key.public_id, tags=["z"])),
    "key.revoked": (_nothing, lambda key, _: revoke_key(ROOT, key.public_id)),
    "key.disabled": (_nothing, lambda key, _: disable_key(ROOT, key.public_id)),
    "key.enabled": (_disabled, lambda key, _: enable_key(ROOT, key.public_id)),
    "key.rotated": (_nothing, lambda key, _: rotate_secret(ROOT, key.public_id)),
    "key.deleted": (_nothing, lambda key, _: delete_key(ROOT, key.public_id)),
    "key.restored": (_deleted, lambda key, _: restore_key(ROOT, key.public_id)),
    "key.purged": (_deleted, lambda key, _: purge_key(ApiKey.objects.get(pk=key.pk), utc_now())),
    "secret.read": (_nothing, lambda key, _: read_secret(ROOT, key.public_id)),
    "secret.revealed": (
        _page,
        lambda key, ticket: open_once(ROOT, ticket, User.objects.get(username="page").pk),
    ),
    "secret.sought": (
        lambda key: read_secret(ROOT, key.public_id),
        lambda key, secret: find_by_secret(ROOT, secret),
    ),
    "tenant.created": (_nothing, lambda key, _: create_tenant(ROOT, name="z")),
    "tenant.revised": (_nothing, lambda key, _: revise_tenant(ROOT, _tenant(key), name="z")),
}
each_verb = pytest.mark.parametrize("action", VERBS)


def _tenant(key: ApiKey) -> str:
    return key.tenant.public_id


def everything_stored() -> list[Any]:
    """Every row of every table of the app."""
    return [
        {
            name: bytes(value) if isinstance(value, memoryview) else value
            for name, value in row.items()
        }
        for model in apps.get_app_config("apikeys").get_models()
        for row in model._base_manager.order_by("pk").values()
    ]


@each_verb
def test_each_verb_appends_exactly_one_event(action: str) -> None:
    before, verb = VERBS[action]
    key = KeyFactory.create(recoverable=True)
    prepared = before(key)
    with one_event(action):
        verb(key, prepared)


@each_verb
def test_a_mutation_whose_event_fails_leaves_nothing(
    action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, verb = VERBS[action]
    key = KeyFactory.create(recoverable=True)
    prepared, stored = before(key), everything_stored()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(AuditEvent.objects, "bulk_create", full_disk)
    monkeypatch.setattr("apikeys.operations.audit._mac", full_disk)
    with pytest.raises(OSError, match="no space left"):
        verb(key, prepared)
    assert everything_stored() == stored


def test_a_root_key_whose_event_fails_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_root_key()
    stored = everything_stored()

    def full_disk(*_: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr("apikeys.operations.audit._mac", full_disk)
    with pytest.raises(OSError, match="no space left"):
        renew_root_key()
    assert everything_stored() == stored


def test_events_are_numbered_per_tenant_and_each_names_the_one_before() -> None:
    one, two = TenantFactory.create(), TenantFactory.create()
    for tenant in (one, two, one):
        KeyFactory.create(tenant=tenant.public_id)
    for tenant, count in ((one, 3), (two, 2)):
        chain = list(AuditEvent.objects.filter(tenant=tenant).order_by("sequence"))
        assert [event.sequence for event in chain] == list(range(1, count + 1))
        assert [event.previous_mac for event in chain] == ["", *(it.mac for it in chain[:-1])]
        head = AuditHead.objects.get(tenant=tenant)
        assert (head.sequence, head.mac) == (count, chain[-1].mac)
        assert list(verify_chain(tenant)) == []


def test_an_event_is_neither_saved_nor_deleted_by_its_model() -> None:
    KeyFactory.create()
    event = AuditEvent.objects.first()
    assert event is not None
    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        event.delete()


def test_any_value_can_be_told() -> None:
    key = KeyFactory.create()
    told = {"at": NOW, "items": (1, "a", None), "claims": "x", "secret": Secret("plain")}
    record(ROOT, Action.KEY_REVISED, key, now=NOW, changes=told)
    event = AuditEvent.objects.order_by("sequence").last()
    assert event is not None
    assert event.changes == {
        "at": "2030-01-31T12:00:00+00:00",
        "items": [1, "a", None],
        "claims": "changed",
        "secret": "***",
    }
    assert list(verify_chain(key.tenant)) == []


def test_a_long_actor_and_a_long_reason_are_cut_and_still_verify() -> None:
    key = KeyFactory.create()
    long = ROOT.system("a" * 300)
    record(long, Action.KEY_REVISED, key, now=NOW, reason="r" * 600)
    assert list(verify_chain(key.tenant)) == []


def test_events_of_two_root_keys_make_one_chain(settings: Any) -> None:
    key = KeyFactory.create()
    old, new = django_settings.APIKEYS["KEYS"], new_root_key_text()
    settings.APIKEYS = {**django_settings.APIKEYS, "KEYS": f"{new},{old}"}
    revise_key(alice().system(), key.public_id, name="y")
    assert list(verify_chain(key.tenant)) == []


def test_an_event_of_a_missing_root_key_cannot_be_vouched_for(settings: Any) -> None:
    key = KeyFactory.create()
    settings.APIKEYS = {**django_settings.APIKEYS, "KEYS": new_root_key_text()}
    problems = [finding.problem for finding in verify_chain(key.tenant)]
    assert len(problems) == AuditEvent.objects.count()
    assert all("not in the ring" in problem for problem in problems)
