"""Who may do what with clients in the admin: a permission for each action, nothing without it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from apikeys.admin.staff import actor_of
from apikeys.models import ApiKey
from clients.models import AccessKey, ServiceClient
from clients.operations import create_client, revise_client
from clients.operations.signing import current_key
from tests.apikeys.admin.conftest import signed_in
from tests.clients.admin.conftest import Staff, Url, page
from tests.clients.machines import SYSTEM, machine
from tests.factories import StaffFactory

SUPPORT = ("view_serviceclient", "view_accesskey", "view_signingkey")
NEEDS = {
    "edit": "edit_serviceclient",
    "disable": "edit_serviceclient",
    "enable": "edit_serviceclient",
    "delete": "delete_serviceclient",
    "request": "request_accesskey",
}
ALL = sorted({*SUPPORT, *NEEDS.values(), "rotate_signingkey"})


def prepared(name: str) -> ServiceClient:
    made = machine(scopes=["jobs:run"]).client
    return revise_client(SYSTEM, made.public_id, enabled=name != "enable")


@pytest.mark.parametrize("name", NEEDS)
def test_without_its_permission_an_action_is_refused_and_not_offered(
    name: str, staff: Staff, url: Url
) -> None:
    made = prepared(name)
    browser = staff(*(permission for permission in ALL if permission != NEEDS[name]))
    for call in (browser.get, browser.post):
        assert call(url(name, made.pk)).status_code == 403
    assert url(name, made.pk) not in browser.get(url("change", made.pk)).content.decode()
    assert ServiceClient.objects.get().version == made.version


@pytest.mark.parametrize("name", NEEDS)
def test_with_its_permission_an_action_is_offered(name: str, staff: Staff, url: Url) -> None:
    made = prepared(name)
    browser = staff("view_serviceclient", NEEDS[name])
    assert url(name, made.pk) in browser.get(url("change", made.pk)).content.decode()
    assert browser.get(url(name, made.pk)).status_code == 200


def test_a_support_role_sees_everything_and_can_do_nothing(staff: Staff, url: Url) -> None:
    made, key = machine(name="Seen"), AccessKey.objects.get()
    current_key()
    browser = staff(*SUPPORT)
    lists = [page(model, "changelist") for model in ("serviceclient", "accesskey", "signingkey")]
    pages = [*lists, url("change", made.client.pk), page("accesskey", "change", key.pk)]
    for address in pages:
        text = browser.get(address).content.decode()
        assert 'name="action"' not in text
        assert "apikeys-grave" not in text
        assert "addlink" not in text
        assert made.client_secret not in text
        # The only forms are the admin's own: to log out, to search, to filter.
        posted = text.count('method="post"') - text.count('id="logout-form"')
        assert posted == text.count('id="changelist-form"')
    assert "Seen" in browser.get(lists[0]).content.decode()
    for address in (url("add"), page("signingkey", "rotate"), page("accesskey", "waiting")):
        assert browser.get(address).status_code == browser.post(address).status_code == 403


def test_bulk_actions_are_refused_without_their_permission(staff: Staff, url: Url) -> None:
    made = create_client(SYSTEM)
    data = {"_selected_action": made.pk, "confirmed": "yes"}
    staff(*SUPPORT).post(url("changelist"), data | {"action": "disable"})
    browser = staff("view_serviceclient", "edit_serviceclient")
    browser.post(url("changelist"), data | {"action": "delete"})
    assert ServiceClient.objects.get().enabled


@pytest.mark.parametrize("scope", ["*", "clients:write", "api_keys:*", "tenants:write"])
def test_nobody_gives_a_client_a_management_scope_that_they_lack(
    scope: str, staff: Staff, url: Url
) -> None:
    browser = staff("view_serviceclient", "edit_serviceclient")
    refused = browser.post(url("add"), {"enabled": "on", "scopes": scope})
    assert "only scopes that its maker holds" in refused.content.decode()
    assert not ServiceClient.objects.exists()
    made = create_client(SYSTEM, name="n")
    browser.post(url("edit", made.pk), {"name": "n", "enabled": "on", "scopes": scope})
    assert ServiceClient.objects.get().scopes == []


def test_nobody_gets_the_secret_of_a_client_that_can_do_more(staff: Staff, url: Url) -> None:
    made = create_client(SYSTEM, scopes=["*"])
    refused = staff(*ALL).post(url("request", made.pk), {"origin": "generate"})
    assert "only scopes that its maker holds" in refused.content.decode()
    assert not AccessKey.objects.exists()


def test_only_who_holds_everything_names_the_tenant(staff: Staff, url: Url) -> None:
    browser = staff("view_serviceclient", "edit_serviceclient")
    browser.post(url("add"), {"name": "n", "tenant": "org_else"})
    assert ServiceClient.objects.get().tenant.is_default


@pytest.mark.parametrize(
    "lacked", ["edit_serviceclient", "delete_serviceclient", "request_accesskey"]
)
def test_a_management_key_does_no_more_than_its_maker(lacked: str, staff: Staff) -> None:
    data = {"name": "n", "key_type": "management", "environment": "live"}
    data["scopes"] = "clients:write"
    add = "/admin/apikeys/apikey/add/"
    weaker = staff("issue_apikey", *(name for name in ALL if name != lacked))
    assert "only scopes that its maker holds" in weaker.post(add, data).content.decode()
    assert not ApiKey.objects.exists()
    assert staff("issue_apikey", *ALL).post(add, data).status_code == 302
    assert ApiKey.objects.get().scopes == ["clients:write"]


def test_the_actor_of_staff_reaches_every_tenant(boss: User) -> None:
    request = RequestFactory().get("/")
    request.user = boss
    assert actor_of(request).reaches_all_tenants


def test_every_post_without_a_csrf_token_is_refused(boss: User, url: Url) -> None:
    browser = signed_in(boss, enforce_csrf_checks=True)
    made = machine()
    key = AccessKey.objects.get()
    addresses = [url(name, made.client.pk) for name in NEEDS]
    addresses += [url("add"), url("changelist"), page("signingkey", "rotate")]
    addresses += [
        page("accesskey", "delete", key.pk),
        page("accesskey", "reveal", key.pk, "t" * 43),
    ]
    for address in addresses:
        assert browser.post(address, {"confirmed": "yes"}).status_code == 403


def test_who_is_not_staff_is_sent_to_the_login(url: Url, db: None) -> None:
    browser: Client = signed_in(StaffFactory.create(is_staff=False, may=ALL))
    for name in ("changelist", "add"):
        assert browser.get(url(name)).status_code == 302
