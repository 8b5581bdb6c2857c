"""Who may do what in the admin: a permission for each action, and nothing without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from apikeys.models import ApiKey, AuditEvent
from apikeys.operations import Actor, delete_key, disable_key
from tests.apikeys.admin.conftest import signed_in
from tests.factories import IssuedFactory, KeyFactory, StaffFactory, TenantFactory

Url = Callable[..., str]
Staff = Callable[..., Client]

NEEDS = {
    "rotate": "rotate_apikey",
    "disable": "revoke_apikey",
    "enable": "revoke_apikey",
    "revoke": "revoke_apikey",
    "delete": "delete_apikey",
    "restore": "delete_apikey",
    "edit": "issue_apikey",
    "secret": "reveal_apikey",
}
ALL = sorted({"view_apikey", *NEEDS.values()})


@pytest.mark.parametrize("name", NEEDS)
def test_without_its_permission_an_action_is_refused_and_not_offered(
    name: str, staff: Staff, url: Url
) -> None:
    key = KeyFactory.create(recoverable=True)
    if name == "enable":
        disable_key(Actor.system(), key.public_id)
    if name == "restore":
        delete_key(Actor.system(), key.public_id)
    browser = staff(*(permission for permission in ALL if permission != NEEDS[name]))
    before = ApiKey.objects.get(pk=key.pk).version
    assert browser.get(url(name, key.pk)).status_code == 403
    assert browser.post(url(name, key.pk), {"confirmed": "yes"}).status_code == 403
    assert url(name, key.pk) not in browser.get(url("change", key.pk)).content.decode()
    assert ApiKey.objects.get(pk=key.pk).version == before


@pytest.mark.parametrize("name", NEEDS)
def test_with_its_permission_an_action_is_offered(name: str, staff: Staff, url: Url) -> None:
    key = KeyFactory.create(recoverable=True)
    if name == "enable":
        disable_key(Actor.system(), key.public_id)
    if name == "restore":
        delete_key(Actor.system(), key.public_id)
    browser = staff("view_apikey", NEEDS[name])
    assert url(name, key.pk) in browser.get(url("change", key.pk)).content.decode()
    assert browser.get(url(name, key.pk)).status_code == 200


def test_a_support_role_sees_keys_but_no_action(staff: Staff, url: Url) -> None:
    key = KeyFactory.create(name="Seen")
    browser = staff("view_apikey")
    listed = browser.get(url("changelist"))
    assert "Seen" in listed.content.decode()
    assert 'name="action"' not in listed.content.decode()
    detail = browser.get(url("change", key.pk))
    assert detail.context["offers"] == []
    assert "apikeys-buttons" not in detail.content.decode()
    assert browser.get(url("add")).status_code == 403
    assert browser.post(url("add"), {"name": "x"}).status_code == 403


def test_bulk_actions_are_refused_without_their_permission(staff: Staff, url: Url) -> None:
    key = KeyFactory.create()
    data = {"action": "revoke", "_selected_action": key.pk, "confirmed": "yes"}
    staff("view_apikey").post(url("changelist"), data)
    staff("view_apikey", "rotate_apikey").post(url("changelist"), data)
    assert ApiKey.objects.get(pk=key.pk).revoked_at is None


def test_without_view_permission_nothing_is_shown(staff: Staff, url: Url) -> None:
    key, browser = KeyFactory.create(), staff("rotate_apikey")
    assert browser.get(url("changelist")).status_code == 403
    assert browser.get(url("change", key.pk)).status_code == 403
    assert browser.post(url("find"), {"secret": "x"}).status_code == 403


def test_the_audit_trail_needs_its_own_permission(staff: Staff, url: Url) -> None:
    key, browser = KeyFactory.create(), staff("view_apikey")
    assert "Audit trail" not in browser.get(url("change", key.pk)).content.decode()
    assert browser.get(url("history", key.pk)).status_code == 403
    assert browser.get(reverse("admin:apikeys_auditevent_changelist")).status_code == 403


def test_who_is_not_staff_is_sent_to_the_login(url: Url, db: None) -> None:
    browser = signed_in(StaffFactory.create(is_staff=False, may=ALL))
    for name in ("changelist", "add", "find", "waiting"):
        assert browser.get(url(name)).status_code == 302


def test_a_key_that_is_not_there_is_a_404(client: Client, url: Url) -> None:
    for name in ("change", "edit", "rotate", "secret", "history"):
        assert client.get(url(name, 10**25)).status_code == 404
        assert client.get(url(name, 999)).status_code == 404


@pytest.mark.parametrize("scopes", [["*"], ["api_keys:verify"], ["audit:read"], ["tenants:write"]])
def test_nobody_hands_out_a_management_scope_that_they_lack(
    scopes: list[str], staff: Staff, url: Url
) -> None:
    browser = staff(*ALL)
    data = {"name": "n", "key_type": "management", "environment": "live"}
    made = browser.post(url("add"), data | {"scopes": "\n".join(scopes)})
    assert made.status_code == 200
    assert "only scopes that its maker holds" in made.content.decode()
    assert not ApiKey.objects.filter(key_type="management").exists()


def test_nobody_gets_the_secret_of_a_key_that_can_do_more(staff: Staff, url: Url) -> None:
    root = KeyFactory.create(key_type="management", scopes=["*"], recoverable=True)
    browser = staff(*ALL)
    rotated = browser.post(url("rotate", root.pk), {"confirmed": "yes"}, follow=True)
    assert "only scopes that its maker holds" in rotated.content.decode()
    read = browser.post(url("secret", root.pk), follow=True)
    assert "only scopes that its maker holds" in read.content.decode()
    edited = browser.post(url("edit", root.pk), {"name": "n", "scopes": "*\nusage:read"})
    assert edited.status_code == 200
    assert ApiKey.objects.get(pk=root.pk).version == root.version


def test_the_actor_is_the_staff_member_with_address_and_request(client: Client, url: Url) -> None:
    key = KeyFactory.create()
    client.post(url("disable", key.pk), {"confirmed": "yes", "reason": "why not"})
    event = AuditEvent.objects.get(action="key.disabled")
    assert (event.actor_kind, event.actor_id, event.reason) == ("staff", "boss", "why not")
    assert event.ip == "127.0.0.1"
    assert event.request_id


def test_every_post_without_a_csrf_token_is_refused(url: Url, boss: object) -> None:
    from django.contrib.auth.models import User

    assert isinstance(boss, User)
    browser = signed_in(boss, enforce_csrf_checks=True)
    key, tenant = IssuedFactory.create().key, TenantFactory.create()
    addresses = [url(name, key.pk) for name in NEEDS]
    addresses += [url("add"), url("find"), url("changelist"), url("reveal", "t" * 40)]
    addresses += [
        reverse(f"admin:apikeys_tenant_{name}", args=args)
        for name, args in [
            ("add", ()),
            ("change", (tenant.pk,)),
            ("suspend", (tenant.pk,)),
            ("resume", (tenant.pk,)),
        ]
    ]
    for address in addresses:
        assert browser.post(address, {"confirmed": "yes"}).status_code == 403
