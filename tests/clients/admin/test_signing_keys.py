"""Signing keys in the admin: seen, and rotated once however often it is clicked."""

from __future__ import annotations

from django.test import Client

from apikeys.models import AuditEvent
from clients.models import SigningKey
from clients.operations import bearer_of, issue_token
from clients.operations.signing import current_key
from tests.clients.admin.conftest import Staff, page
from tests.clients.machines import machine

LIST = ("signingkey", "changelist")
ROTATE = ("signingkey", "rotate")


def kid_of(role: str) -> str:
    return str(SigningKey.objects.get(role=role).kid)


def test_looking_makes_no_key(client: Client) -> None:
    for address in (page(*LIST), page(*ROTATE)):
        assert client.get(address).status_code == 200
    assert not SigningKey.objects.exists()


def test_the_list_shows_roles_and_no_private_half(client: Client) -> None:
    key = current_key()
    text = client.get(page(*LIST)).content.decode()
    assert "apikeys-status-current" in text
    assert "apikeys-status-next" in text
    assert key.sealed not in text


def test_rotating_is_confirmed_reasoned_and_keeps_tokens_good(client: Client) -> None:
    token = issue_token(machine().client).token.reveal()
    following = kid_of("next")
    asked = client.get(page(*ROTATE))
    assert kid_of("current") in asked.content.decode()
    seen = asked.context["form"].initial["seen"]
    answered = client.post(page(*ROTATE), {"seen": seen, "reason": "yearly"}, follow=True)
    assert f"{following} signs from now on" in answered.content.decode()
    assert kid_of("current") == following
    assert bearer_of(token, thumbprint=None).token.kid == seen
    event = AuditEvent.objects.get(action="signing_key.rotated")
    assert (event.reason, event.actor_id) == ("yearly", "boss")


def test_a_double_click_rotates_once(client: Client) -> None:
    data = {"seen": current_key().kid}
    client.post(page(*ROTATE), data)
    again = client.post(page(*ROTATE), data)
    assert "changed since you read it" in again.content.decode()
    assert AuditEvent.objects.filter(action="signing_key.rotated").count() == 1


def test_a_bad_reason_is_shown_and_nothing_is_rotated(client: Client) -> None:
    kid = current_key().kid
    for reason in ("x" * 501, "a\u202eb"):
        assert client.post(page(*ROTATE), {"seen": kid, "reason": reason}).status_code == 200
    assert kid_of("current") == kid


def test_without_its_permission_nobody_rotates(staff: Staff) -> None:
    current_key()
    browser = staff("view_signingkey")
    assert page(*ROTATE) not in browser.get(page(*LIST)).content.decode()
    assert (
        page(*ROTATE)
        in staff("view_signingkey", "rotate_signingkey").get(page(*LIST)).content.decode()
    )
    assert browser.post(page(*ROTATE)).status_code == 403


def test_the_page_of_a_key_shows_its_public_half_alone(client: Client) -> None:
    key = current_key()
    text = client.get(page("signingkey", "change", key.pk)).content.decode()
    assert "BEGIN PUBLIC KEY" in text
    assert key.sealed not in text


def test_there_is_no_page_to_add_or_delete_one(client: Client) -> None:
    key = current_key()
    for rest in ("add/", f"{key.pk}/delete/", f"{key.pk}/history/", f"{10**25}/change/"):
        assert client.get(f"{page(*LIST)}{rest}", follow=True).status_code == 404
    client.post(page("signingkey", "change", key.pk), {"role": "retired", "post": "yes"})
    assert SigningKey.objects.get(pk=key.pk).role == "current"
