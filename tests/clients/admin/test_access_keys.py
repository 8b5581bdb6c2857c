"""Access keys in the admin: requested, shown once, looked after, deleted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, override_settings

from apikeys.domain.secret import Secret
from apikeys.models import AuditEvent, SealedSecret
from apikeys.operations.reaching import utc_now
from clients.domain.keypairs import new_pair
from clients.models import AccessKey, ServiceClient
from clients.operations import create_client, delete_access_key, request_access_key
from clients.operations.proving import client_by_secret
from clients.operations.reveal import request_key_for_page
from tests.apikeys.admin.conftest import signed_in
from tests.clients.admin.conftest import Url, page
from tests.clients.machines import ISSUER, SYSTEM, machine
from tests.factories import StaffFactory

GENERATED = {"origin": "generate"}


@pytest.fixture
def owner(db: None) -> ServiceClient:
    return create_client(SYSTEM, name="nightly", scopes=["jobs:run"])


@pytest.fixture
def address(boss: User, owner: ServiceClient) -> str:
    """A one-time page of the superuser."""
    made = request_key_for_page(SYSTEM, boss.pk, owner.public_id)
    return page("accesskey", "reveal", made.key.pk, made.ticket)


def shown(text: str, variable: str) -> str:
    return text.split(f'data-variable="{variable}">')[1].split("<")[0]


def test_a_requested_pair_ends_on_a_page_of_its_own(
    client: Client, url: Url, owner: ServiceClient
) -> None:
    response = client.post(url("request", owner.pk), GENERATED)
    key, waiting = AccessKey.objects.get(), SealedSecret.objects.get()
    assert response.status_code == 302
    ticket = waiting.place.partition(".")[2]
    assert response.headers["Location"] == page("accesskey", "reveal", key.pk, ticket)
    assert waiting.key is None


def test_looking_consumes_nothing(client: Client, address: str) -> None:
    for look in (client.get, client.head, client.get):
        assert look(address).status_code == 200
    assert SealedSecret.objects.get().sealed is not None


def test_the_first_post_shows_what_works_and_the_second_is_gone(
    client: Client, address: str, owner: ServiceClient
) -> None:
    first = client.post(address).content.decode()
    access_key, secret = shown(first, "ACCESS_KEY"), shown(first, "CLIENT_SECRET")
    assert client_by_secret(owner.public_id, Secret(secret)) == owner
    key = AccessKey.objects.get()
    assert access_key.startswith(f"{owner.public_id}.{key.public_id}.{owner.tenant.public_id}.")
    for again in (client.post(address), client.get(address)):
        assert again.status_code == 410
        assert secret not in again.content.decode()
    told = AuditEvent.objects.filter(object_id=key.public_id).order_by("id")
    assert [(event.action, event.actor_id) for event in told] == [
        ("access_key.created", "tests"),
        ("secret.revealed", "boss"),
        ("reveal.refused", "boss"),
    ]


def test_the_page_has_a_ready_env_block_and_a_token_request_without_secrets(
    client: Client, address: str, owner: ServiceClient
) -> None:
    text = client.post(address).content.decode()
    access_key, secret = shown(text, "ACCESS_KEY"), shown(text, "CLIENT_SECRET")
    block = text.split("data-env>")[1].split("</pre>")[0]
    assert dict(line.split("=", 1) for line in block.split()) == {
        "CLIENT_ID": owner.public_id,
        "CLIENT_SECRET": secret,
        "ACCESS_KEY": access_key,
        "TOKEN_URL": f"{ISSUER}/oauth/token",
        "AUTHRESS_API_URL": ISSUER,
    }
    assert "$CLIENT_ID:$CLIENT_SECRET" in text
    assert text.count(secret) == text.count(access_key) == 2  # by itself, and in the block


def test_without_an_issuer_the_page_says_why_no_token_works(client: Client, address: str) -> None:
    with override_settings(SERVICE_CLIENTS={}):
        text = client.post(address).content.decode()
    assert "ISSUERS" in text
    assert "TOKEN_URL" not in text


def test_a_stranger_gets_what_a_missing_page_gets(address: str) -> None:
    stranger = signed_in(StaffFactory.create(is_superuser=True))
    key = AccessKey.objects.get()
    for call in (stranger.get, stranger.post):
        assert call(address).status_code == 404
        assert call(page("accesskey", "reveal", key.pk, "no-such-ticket")).status_code == 404
    assert SealedSecret.objects.get().sealed is not None


def test_a_ticket_opens_no_page_of_another_key_or_kind(client: Client, address: str) -> None:
    ticket = address.rstrip("/").rpartition("/")[2]
    key, other = AccessKey.objects.get(), machine()
    elsewhere = AccessKey.objects.get(public_id=other.key_id)
    assert client.post(page("accesskey", "reveal", elsewhere.pk, ticket)).status_code == 404
    as_key = f"/admin/apikeys/apikey/reveal/{key.public_id}.{ticket}/"
    assert client.get(as_key).status_code == client.post(as_key).status_code == 404
    assert SealedSecret.objects.get().sealed is not None


def test_an_expired_page_and_that_of_a_deleted_key_are_gone(
    client: Client, address: str, owner: ServiceClient
) -> None:
    SealedSecret.objects.update(expires_at=utc_now() - timedelta(seconds=1))
    assert client.get(address).status_code == client.post(address).status_code == 410
    SealedSecret.objects.update(expires_at=utc_now() + timedelta(hours=1))
    assert client.get(address).status_code == 200
    delete_access_key(SYSTEM, owner.public_id, AccessKey.objects.get().public_id)
    assert client.get(address).status_code == client.post(address).status_code == 410


def test_every_answer_stays_out_of_caches_and_frames(client: Client, address: str) -> None:
    closed, opened, gone = client.get(address), client.post(address), client.post(address)
    for response in (closed, opened, gone):
        assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
        assert response["X-Frame-Options"] == "DENY"
        assert response["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert opened["Referrer-Policy"] == "no-referrer"
    assert "<form" not in opened.content.decode()
    assert closed["Referrer-Policy"] == gone["Referrer-Policy"] == "same-origin"


def test_nothing_else_keeps_the_secrets(client: Client, address: str) -> None:
    text = client.post(address).content.decode()
    secrets = [shown(text, "CLIENT_SECRET"), shown(text, "ACCESS_KEY").rpartition(".")[2]]
    kept = [json.dumps(session.get_decoded()) for session in Session.objects.all()]
    kept += [f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all()]
    kept += [str(cookie) for cookie in client.cookies.values()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the database
            kept += [str(row) for row in cursor.fetchall()]
    assert not [row for row in kept for secret in secrets if secret[12:] in row]


@override_settings(DEBUG=True)
def test_an_error_page_after_the_claim_does_not_show_the_secrets(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def fail(_self: object, *args: object, **kwargs: object) -> None:
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, dict):
                seen.extend(value.reveal() for value in argument.values())
        raise RuntimeError("broken while rendering")

    monkeypatch.setattr("clients.admin.revealing.RevealingMixin._show", fail)
    client.raise_request_exception = False
    response = client.post(address)
    assert response.status_code == 500
    assert len(seen) == 2
    assert not [secret for secret in seen if secret in response.content.decode()]


def test_waiting_pages_are_listed_for_their_maker_alone(client: Client, address: str) -> None:
    waiting = page("accesskey", "waiting")
    assert address in client.get(waiting).content.decode()
    stranger = signed_in(StaffFactory.create(is_superuser=True))
    assert address not in stranger.get(waiting).content.decode()
    assert client.get("/admin/apikeys/apikey/waiting/").status_code == 200
    client.post(address)
    assert address not in client.get(waiting).content.decode()


def test_a_key_of_its_own_has_no_secret_to_show(
    client: Client, url: Url, owner: ServiceClient
) -> None:
    data = {"origin": "bring", "public_key": new_pair().public.spki}
    response = client.post(url("request", owner.pk), data, follow=True)
    key = AccessKey.objects.get()
    assert response.redirect_chain[-1][0] == url("change", owner.pk)
    assert f"taken as {key.public_id}" in response.content.decode()
    assert not SealedSecret.objects.exists()
    again = client.post(url("request", owner.pk), data)
    assert "Make a new key pair" in again.content.decode()


PRIVATE = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"origin": "bring"}, "Paste the public key"),
        ({"origin": "generate", "public_key": "abc"}, "Choose to take"),
        ({"origin": "bring", "public_key": "abc"}, "base64"),
        ({"origin": "bring", "public_key": PRIVATE}, "This is a private key"),
        ({"origin": "bring", "public_key": "x" * 9000}, "8192"),
        ({"origin": "nonsense"}, "valid choice"),
        ({}, "required"),
    ],
)
def test_a_fault_is_shown_and_no_key_is_made(
    data: dict[str, str], says: str, client: Client, url: Url, owner: ServiceClient
) -> None:
    response = client.post(url("request", owner.pk), data)
    assert response.status_code == 200
    assert says in str(response.context["form"].errors)
    assert not AccessKey.objects.exists()


def test_a_private_key_pasted_by_mistake_is_not_written_back(
    client: Client, url: Url, owner: ServiceClient
) -> None:
    private = new_pair().private.reveal()
    data = {"origin": "bring", "public_key": private}
    text = client.post(url("request", owner.pk), data).content.decode()
    assert "it has left its owner" in text
    assert private not in text


def test_a_sixth_key_is_refused_with_what_to_do(
    client: Client, url: Url, owner: ServiceClient
) -> None:
    for _ in range(5):
        request_access_key(SYSTEM, owner.public_id)
    overview = client.get(url("change", owner.pk)).content.decode()
    assert "5 of 5" in overview
    assert url("request", owner.pk) not in overview
    refused = client.post(url("request", owner.pk), GENERATED)
    assert "Delete one of them first" in refused.content.decode()
    assert AccessKey.objects.count() == 5


def test_a_key_is_deleted_from_the_page_of_its_client(client: Client, url: Url) -> None:
    made = machine(name="n")
    key = AccessKey.objects.get()
    delete = page("accesskey", "delete", key.pk)
    assert delete in client.get(url("change", made.client.pk)).content.decode()
    asked = client.get(delete).content.decode()
    assert key.public_id in asked
    assert made.client_id in asked
    answered = client.post(delete, {"reason": "leaked"})
    assert answered.headers["Location"] == url("change", made.client.pk)
    event = AuditEvent.objects.get(action="access_key.deleted")
    assert (event.object_id, event.reason, event.actor_id) == (key.public_id, "leaked", "boss")
    again = client.post(delete, follow=True)
    assert "was left as it is" in again.content.decode()
