"""Actions on one key and on many: confirmed, reasoned, each audited by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apikeys.models import ApiKey, AuditEvent, SealedSecret
from apikeys.operations import Actor, delete_key, disable_key
from tests.factories import KeyFactory

Url = Callable[..., str]
ACTIONS = ["rotate", "disable", "enable", "revoke", "delete", "restore"]
EVENTS = {
    "rotate": "key.rotated",
    "disable": "key.disabled",
    "enable": "key.enabled",
    "revoke": "key.revoked",
    "delete": "key.deleted",
    "restore": "key.restored",
}


def prepared(name: str) -> ApiKey:
    """A key to which the action can be done."""
    key = KeyFactory.create()
    if name == "enable":
        disable_key(Actor.system(), key.public_id)
    if name == "restore":
        delete_key(Actor.system(), key.public_id)
    return key


def done(name: str) -> list[str]:
    events = AuditEvent.objects.filter(action=EVENTS[name], actor_kind="staff")
    return list(events.order_by("id").values_list("object_id", flat=True))


@pytest.mark.parametrize("name", ACTIONS)
def test_asking_does_nothing_and_answering_does_it(name: str, client: Client, url: Url) -> None:
    key = prepared(name)
    asked = client.get(url(name, key.pk))
    assert key.public_id in asked.content.decode()
    assert done(name) == []
    answered = client.post(url(name, key.pk), {"reason": "because"})
    assert answered.status_code == 302
    assert done(name) == [key.public_id]
    assert AuditEvent.objects.get(action=EVENTS[name], actor_kind="staff").reason == "because"


@pytest.mark.parametrize("name", ACTIONS)
def test_many_are_asked_for_and_audited_one_by_one(name: str, client: Client, url: Url) -> None:
    keys = [prepared(name) for _ in range(3)]
    address = url("changelist") + ("?status=deleted" if name == "restore" else "")
    data: dict[str, Any] = {"action": name, "_selected_action": [key.pk for key in keys]}
    asked = client.post(address, data | {"index": "0", "select_across": "0"})
    assert asked.status_code == 200
    assert all(key.public_id in asked.content.decode() for key in keys)
    assert done(name) == []
    answered = client.post(address, data | {"confirmed": "yes", "reason": "all of them"})
    assert answered.status_code == 302
    assert sorted(done(name)) == sorted(key.public_id for key in keys)


def test_a_filter_that_no_longer_matches_loses_no_selected_key(client: Client, url: Url) -> None:
    key = prepared("disable")
    data = {"action": "disable", "_selected_action": [key.pk], "confirmed": "yes"}
    client.post(url("changelist") + "?status=revoked", data)
    assert done("disable") == [key.public_id]


def test_what_is_refused_is_named_and_the_others_are_done(client: Client, url: Url) -> None:
    root = KeyFactory.create(name="Last", key_type="management", scopes=["*"])
    other = KeyFactory.create(name="Other")
    data = {"action": "revoke", "_selected_action": [root.pk, other.pk], "confirmed": "yes"}
    page = client.post(url("changelist"), data, follow=True).content.decode()
    assert "Last" in page
    assert "last credential with the scope *" in page
    assert f"Revoked: Other ({other.public_id})" in page
    assert done("revoke") == [other.public_id]


def test_rotating_one_leads_to_its_one_time_page(client: Client, url: Url) -> None:
    key = prepared("rotate")
    response = client.post(url("rotate", key.pk), {"grace_seconds": "3600"})
    assert response.headers["Location"] == url("reveal", SealedSecret.objects.get().place)
    assert ApiKey.objects.get(pk=key.pk).secrets.count() == 2


def test_rotating_many_leads_to_the_list_of_one_time_pages(client: Client, url: Url) -> None:
    keys = [prepared("rotate") for _ in range(3)]
    data = {"action": "rotate", "_selected_action": [key.pk for key in keys], "confirmed": "yes"}
    page = client.post(url("changelist"), data, follow=True)
    assert page.redirect_chain[-1][0] == url("waiting")
    for waiting in SealedSecret.objects.all():
        assert url("reveal", waiting.place) in page.content.decode()
        assert client.post(url("reveal", waiting.place)).status_code == 200


def test_a_double_click_rotates_once(client: Client, url: Url) -> None:
    key = prepared("rotate")
    data = {"seen": f"{key.pk}:{key.version}"}
    client.post(url("rotate", key.pk), data)
    again = client.post(url("rotate", key.pk), data, follow=True)
    assert "changed since you read it" in again.content.decode()
    assert len(done("rotate")) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"grace_seconds": "-1"}, "0 to"),
        ({"grace_seconds": "9" * 40}, "0 to"),
        ({"grace_seconds": "soon"}, "whole number"),
        ({"reason": "x" * 501}, "500"),
        ({"reason": "a\u202eb"}, "invisible"),
    ],
)
def test_a_bad_answer_is_shown_at_its_field_and_nothing_is_done(
    data: dict[str, str], says: str, client: Client, url: Url
) -> None:
    key = prepared("rotate")
    response = client.post(url("rotate", key.pk), data)
    assert response.status_code == 200
    assert says in str(response.context["form"].errors)
    assert done("rotate") == []


@pytest.mark.parametrize(
    "data",
    [
        {"action": "revoke", "_selected_action": "x"},
        {"action": "revoke", "_selected_action": str(10**30)},
        {"action": "revoke", "_selected_action": "1", "confirmed": "yes", "seen": "x:y"},
        {"action": "nonsense", "_selected_action": "1", "confirmed": "yes"},
        {"action": "delete_selected", "_selected_action": "1", "post": "yes"},
        {"action": "revoke", "_selected_action": "1", "index": "99"},
        {"_selected_action": "1"},
    ],
)
def test_hostile_bulk_posts_do_nothing(data: dict[str, str], client: Client, url: Url) -> None:
    KeyFactory.create()
    assert client.post(url("changelist"), data).status_code < 500
    assert not AuditEvent.objects.filter(actor_kind="staff").exists()
    assert ApiKey.objects.count() == 1


def test_django_deletes_no_key(client: Client, url: Url) -> None:
    key = KeyFactory.create()
    client.post(url("delete", key.pk), {"post": "yes"})
    deleted = ApiKey.objects.get(pk=key.pk)
    assert deleted.deleted_at is not None
    shown = client.get(url("change", key.pk)).content.decode()
    assert "apikeys-status-deleted" in shown
    assert url("restore", key.pk) in shown
