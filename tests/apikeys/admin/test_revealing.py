"""A secret is shown once, to its maker, on a page that nothing keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, override_settings

from apikeys.models import ApiKey, AuditEvent, SealedSecret
from apikeys.operations import Actor, revoke_key
from apikeys.operations.reaching import utc_now
from apikeys.operations.reveal import issue_for_page
from tests.apikeys.admin.conftest import signed_in
from tests.factories import KeyFactory, StaffFactory, minted

Url = Callable[..., str]


@pytest.fixture
def address(boss: User, url: Url) -> str:
    """A one-time page of the superuser."""
    made = issue_for_page(Actor.system(), boss.pk, name="Shown", scopes=["orders:read"])
    assert made.ticket
    return url("reveal", made.ticket)


def plaintext_in(page: str) -> str:
    return page.split('data-variable="API_KEY">')[1].split("<")[0]


def test_looking_consumes_nothing(client: Client, address: str) -> None:
    for look in (client.get, client.head, client.get):
        assert look(address).status_code == 200
    assert SealedSecret.objects.get().sealed is not None


def test_the_first_post_shows_the_secret_and_the_second_is_gone(
    client: Client, address: str
) -> None:
    first = client.post(address)
    assert first.status_code == 200
    plaintext = plaintext_in(first.content.decode())
    assert plaintext.startswith("ks_live_")
    for again in (client.post(address), client.get(address)):
        assert again.status_code == 410
        assert plaintext not in again.content.decode()
    assert SealedSecret.objects.get().sealed is None
    actions = AuditEvent.objects.values_list("action", flat=True)
    assert list(actions.order_by("id"))[-2:] == ["secret.revealed", "reveal.refused"]


def test_the_secret_stands_on_its_page_once_and_masked_in_the_example(
    client: Client, address: str
) -> None:
    page = client.post(address).content.decode()
    plaintext = plaintext_in(page)
    assert page.count(plaintext) == 1
    assert f"Bearer {plaintext[:10]}…{plaintext[-4:]}" in page


def test_a_stranger_gets_what_a_missing_page_gets(address: str, url: Url) -> None:
    stranger = signed_in(StaffFactory.create(is_superuser=True))
    for call in (stranger.get, stranger.post):
        assert call(address).status_code == 404
        assert call(url("reveal", "no-such-ticket")).status_code == 404
    assert SealedSecret.objects.get().sealed is not None


def test_an_expired_page_is_gone(client: Client, address: str) -> None:
    SealedSecret.objects.update(expires_at=utc_now() - timedelta(seconds=1))
    assert client.get(address).status_code == 410
    assert client.post(address).status_code == 410


def test_other_methods_are_refused(client: Client, address: str) -> None:
    for call in (client.put, client.patch, client.delete, client.options):
        assert call(address).status_code == 405


def test_every_answer_stays_out_of_caches_and_frames(client: Client, address: str) -> None:
    for response in (client.get(address), client.post(address), client.post(address)):
        assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
        assert response["X-Robots-Tag"] == "noindex, noarchive"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["Content-Security-Policy"].startswith("default-src 'none'; ")


def test_only_the_page_with_the_secret_sends_no_referrer(client: Client, address: str) -> None:
    assert client.get(address)["Referrer-Policy"] == "same-origin"
    shown = client.post(address)
    assert shown["Referrer-Policy"] == "no-referrer"
    assert "<form" not in shown.content.decode()
    assert client.post(address)["Referrer-Policy"] == "same-origin"


def test_nothing_else_keeps_the_secret(client: Client, address: str) -> None:
    plaintext = plaintext_in(client.post(address).content.decode())
    kept = [json.dumps(session.get_decoded()) for session in Session.objects.all()]
    kept += [f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all()]
    kept += [str(cookie) for cookie in client.cookies.values()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the database
            kept += [str(row) for row in cursor.fetchall()]
    assert not [text for text in kept if plaintext[12:] in text]


@override_settings(DEBUG=True)
def test_an_error_page_after_the_claim_does_not_show_the_secret(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def fail(_self: object, *args: object, **kwargs: object) -> None:
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, dict):
                seen.extend(value.reveal() for value in argument.values())
        raise RuntimeError("broken while rendering")

    monkeypatch.setattr("apikeys.admin.revealing.RevealingMixin._show", fail)
    client.raise_request_exception = False
    response = client.post(address)
    assert response.status_code == 500
    assert seen
    assert seen[0] not in response.content.decode()


def test_waiting_pages_are_listed_for_their_maker_alone(
    client: Client, address: str, url: Url
) -> None:
    assert address in client.get(url("waiting")).content.decode()
    stranger = signed_in(StaffFactory.create(is_superuser=True))
    assert address not in stranger.get(url("waiting")).content.decode()
    client.post(address)
    assert address not in client.get(url("waiting")).content.decode()


def test_a_recoverable_secret_can_be_read_again(client: Client, url: Url) -> None:
    key, plaintext = minted(recoverable=True)
    asked = client.get(url("secret", key.pk))
    assert plaintext not in asked.content.decode()
    shown = client.post(url("secret", key.pk))
    assert plaintext_in(shown.content.decode()) == plaintext
    assert shown["Referrer-Policy"] == "no-referrer"
    assert "no-store" in shown["Cache-Control"]
    event = AuditEvent.objects.get(action="secret.read")
    assert event.actor_id == "boss"


def test_what_cannot_be_read_again_says_why(client: Client, url: Url) -> None:
    plain, revoked = KeyFactory.create(), KeyFactory.create(recoverable=True)
    revoke_key(Actor.system(), revoked.public_id)
    assert "No copy" in client.post(url("secret", plain.pk), follow=True).content.decode()
    assert "revoked" in client.post(url("secret", revoked.pk), follow=True).content.decode()
    assert not AuditEvent.objects.filter(action="secret.read").exists()


def test_a_leaked_secret_leads_to_its_key_and_is_kept_nowhere(client: Client, url: Url) -> None:
    key, plaintext = minted()
    response = client.post(url("find"), {"secret": f"\n {plaintext}\t"})
    assert response.status_code == 302
    assert response.headers["Location"] == url("change", key.pk)
    assert AuditEvent.objects.filter(action="secret.sought", object_id=key.public_id).exists()
    assert plaintext not in client.get(url("change", key.pk)).content.decode()
    assert all(plaintext not in str(session.get_decoded()) for session in Session.objects.all())


@pytest.mark.parametrize("pasted", ["ks_live_" + "a" * 49, "", "x" * 5000, "a\0b", "ключ"])
def test_a_secret_of_no_key_is_not_echoed(pasted: str, client: Client, url: Url) -> None:
    response = client.post(url("find"), {"secret": pasted})
    assert response.status_code == 200
    assert not pasted or pasted not in response.content.decode()
    assert "value=" not in str(response.context["form"]["secret"])


def test_a_failing_search_keeps_the_secret_out_of_the_error_page(
    client: Client, url: Url, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("apikeys.admin.seeking.find_by_secret", fail)
    client.raise_request_exception = False
    _, plaintext = minted()
    with override_settings(DEBUG=True):
        response = client.post(url("find"), {"secret": plaintext})
    assert response.status_code == 500
    assert plaintext not in response.content.decode()
    assert settings.DEBUG is False
    assert ApiKey.objects.count() == 1
