"""The list of keys: what it shows, finds, hides and costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from apikeys.admin import paging
from apikeys.models import ApiKey
from apikeys.operations import (
    Actor,
    delete_key,
    disable_key,
    revoke_key,
    rotate_secret,
)
from apikeys.operations.reaching import utc_now
from tests.factories import KeyFactory, TenantFactory, minted

Url = Callable[..., str]
SYSTEM = Actor.system()


def names(response: Any) -> set[str]:
    return {key.name for key in response.context["cl"].result_list}


def test_the_list_shows_each_key_with_its_computed_status(client: Client, url: Url) -> None:
    KeyFactory.create(name="plain")
    revoke_key(SYSTEM, KeyFactory.create(name="over").public_id)
    KeyFactory.create(name="late", seconds_until_expiration=1)
    response = client.get(url("changelist"))
    shown = {
        key.name: response.context["cl"].model_admin.status(key)
        for key in response.context["cl"].result_list
    }
    assert "apikeys-status-active" in shown["plain"]
    assert "apikeys-status-revoked" in shown["over"]
    assert shown["over"] in response.content.decode()


def test_the_list_shows_only_the_visible_part_of_a_secret(client: Client, url: Url) -> None:
    _, plaintext = minted()
    page = client.get(url("changelist")).content.decode()
    assert plaintext[:10] in page
    assert plaintext[-4:] in page
    assert plaintext[:14] not in page


def test_the_number_of_queries_does_not_grow_with_the_list(client: Client, url: Url) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url("changelist")).status_code == 200
        return len(queries)

    rotate_secret(SYSTEM, KeyFactory.create().public_id, grace_seconds=60)
    client.get(url("changelist"))
    few = cost()
    for _ in range(10):
        KeyFactory.create(tenant=TenantFactory.create().public_id)
    assert cost() == few


@pytest.mark.parametrize("part", ["public_id", "name", "subject", "prefix"])
def test_a_key_is_found_by(part: str, client: Client, url: Url) -> None:
    key, plaintext = minted(name="Billing of Acme", subject="user_7", prefix="zz")
    KeyFactory.create(name="other")
    asked = {
        "public_id": key.public_id,
        "name": "billing OF",
        "subject": "user_7",
        "prefix": plaintext[:10],
    }[part]
    assert names(client.get(url("changelist"), {"q": asked})) == {"Billing of Acme"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"status": "disabled"}, {"stopped"}),
        ({"status": "revoked"}, set()),
        ({"environment": "test"}, {"trial"}),
        ({"key_type": "management"}, {"manager"}),
        ({"hold": "disabled"}, {"stopped"}),
        ({"hold": "none"}, {"trial", "manager", "soon", "idle"}),
        ({"expires": "7"}, {"soon"}),
        ({"expires": "30"}, {"soon"}),
        ({"unused": "90"}, {"idle"}),
    ],
)
def test_the_list_is_narrowed_by(
    asked: dict[str, str], expected: set[str], client: Client, url: Url
) -> None:
    disable_key(SYSTEM, KeyFactory.create(name="stopped").public_id)
    KeyFactory.create(name="trial", environment="test")
    KeyFactory.create(name="manager", key_type="management", scopes=["usage:read"])
    KeyFactory.create(name="soon", expires_at=utc_now() + timedelta(days=3))
    idle = KeyFactory.create(name="idle")
    ApiKey.objects.filter(pk=idle.pk).update(created_at=utc_now() - timedelta(days=91))
    assert names(client.get(url("changelist"), asked)) == expected


def test_the_list_is_narrowed_by_the_id_of_a_tenant(client: Client, url: Url) -> None:
    tenant = TenantFactory.create()
    KeyFactory.create(name="theirs", tenant=tenant.public_id)
    KeyFactory.create(name="ours")
    response = client.get(url("changelist"), {"tenant": tenant.public_id})
    assert names(response) == {"theirs"}


def test_deleted_keys_are_hidden_unless_asked_for(client: Client, url: Url) -> None:
    delete_key(SYSTEM, KeyFactory.create(name="gone").public_id)
    KeyFactory.create(name="here")
    assert names(client.get(url("changelist"))) == {"here"}
    assert names(client.get(url("changelist"), {"status": "deleted"})) == {"gone"}


@pytest.mark.parametrize(
    "query",
    [
        {"secrets__digest__startswith": "a"},
        {"secrets__prefix": "ks_live_ab"},
        {"claims__contains": "x"},
        {"tenant__name": "x"},
    ],
)
def test_the_list_answers_no_lookup_that_is_not_a_filter(
    query: dict[str, str], client: Client, url: Url
) -> None:
    assert client.get(url("changelist"), query).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"status": "nonsense"},
        {"tenant": "a\0b"},
        {"p": "99999999999999999999"},
        {"p": "-1"},
        {"p": "x"},
        {"o": "99.-99.x"},
        {"q": "a\0b"},
        {"q": "key_" + "9" * 5000},
        {"expires": "9999999"},
    ],
)
def test_hostile_queries_are_answered_without_breaking(
    query: dict[str, str], client: Client, url: Url
) -> None:
    KeyFactory.create()
    assert client.get(url("changelist"), query, follow=True).status_code < 500


def test_counting_stops_early(client: Client, url: Url, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED_MAX", 3)
    for _ in range(5):
        KeyFactory.create()
    response = client.get(url("changelist"))
    assert response.context["cl"].result_count == 3
    assert "There are more than 3: counting stops here" in response.content.decode()


def test_what_is_counted_to_the_last_is_not_said_to_be_more(
    client: Client, url: Url, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "COUNTED_MAX", 3)
    for _ in range(3):
        KeyFactory.create()
    assert "counting stops" not in client.get(url("changelist")).content.decode()


def test_what_looks_like_a_secret_is_not_searched_for(client: Client, url: Url) -> None:
    _, plaintext = minted()
    # As in a host project, whose middleware does not refuse the address already.
    stack = [name for name in settings.MIDDLEWARE if "NoCredentials" not in name]
    with override_settings(MIDDLEWARE=stack):
        response = client.get(url("changelist"), {"q": f" {plaintext} "})
    assert response.status_code == 302
    assert response.headers["Location"] == url("find")
    assert plaintext not in client.get(url("find")).content.decode()
