"""Tenants are changed through the operations; the audit trail is only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin import AdminSite
from django.test import Client, override_settings
from django.urls import NoReverseMatch, path, reverse

from apikeys.admin import ApiKeyAdmin, register
from apikeys.models import ApiKey, AuditEvent, Tenant
from apikeys.operations import Actor, revoke_key
from tests.apikeys.admin.reading_forms import untouched
from tests.factories import KeyFactory, TenantFactory

Staff = Callable[..., Client]


def at(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:apikeys_{model}_{name}", args=args)


def test_a_tenant_is_added_with_its_audit_event(client: Client) -> None:
    data = {"name": "Acme", "on_limiter_loss": "allow", "metadata": '{"a": 1}'}
    assert client.post(at("tenant", "add"), data).status_code == 302
    tenant = Tenant.objects.get(name="Acme")
    assert (tenant.on_limiter_loss, tenant.metadata) == ("allow", {"a": 1})
    assert AuditEvent.objects.get(action="tenant.created", actor_kind="staff").actor_id == "boss"


def test_a_tenants_fault_is_shown_at_its_field(client: Client) -> None:
    data = {"name": "Acme", "secret_prefix": "No!", "on_limiter_loss": "refuse"}
    response = client.post(at("tenant", "add"), data)
    assert "lower-case" in str(response.context["form"].errors["secret_prefix"])
    assert not Tenant.objects.filter(name="Acme").exists()


def test_a_tenant_is_changed_against_its_version(client: Client) -> None:
    tenant = TenantFactory.create()
    address = at("tenant", "change", tenant.pk)
    data = {"name": "New", "on_limiter_loss": "refuse", "expected_version": tenant.version}
    assert client.post(address, data).status_code == 302
    stale = client.post(address, data | {"name": "Newer"})
    assert "changed since you read it" in stale.content.decode()
    assert Tenant.objects.get(pk=tenant.pk).name == "New"


def test_default_limits_are_five_inputs_of_which_only_the_touched_ones_change(
    client: Client,
) -> None:
    limits = {"requests_per_day": 5, "requests_per_minute": 2}
    tenant = TenantFactory.create(default_limits=limits)
    address = at("tenant", "change", tenant.pk)
    sent = untouched(client.get(address).content.decode())
    assert (sent["requests_per_day"], sent["concurrent_requests"]) == (["5"], [""])
    assert client.post(address, sent).status_code == 302
    tenant.refresh_from_db()
    assert tenant.version == 1
    sent |= {"requests_per_day": [""], "concurrent_requests": ["7"]}
    assert client.post(address, sent).status_code == 302
    tenant.refresh_from_db()
    assert tenant.default_limits == {"requests_per_minute": 2, "concurrent_requests": 7}


def test_a_tenant_is_added_with_default_limits(client: Client) -> None:
    data = {"name": "Acme", "on_limiter_loss": "refuse", "requests_per_second": "3"}
    assert client.post(at("tenant", "add"), data).status_code == 302
    assert Tenant.objects.get(name="Acme").default_limits == {"requests_per_second": 3}


@pytest.mark.parametrize("number", ["-1", "1.5", "many", str(2**53)])
def test_a_fault_of_a_default_limit_is_shown_at_its_input(client: Client, number: str) -> None:
    data = {"name": "Acme", "on_limiter_loss": "refuse", "requests_per_second": number}
    response = client.post(at("tenant", "add"), data)
    assert list(response.context["form"].errors) == ["requests_per_second"]
    assert not Tenant.objects.filter(name="Acme").exists()


def test_suspending_is_confirmed_and_resumable(client: Client) -> None:
    tenant = TenantFactory.create()
    for name, status in (("suspend", "suspended"), ("resume", "active")):
        before = tenant.status
        client.get(at("tenant", name, tenant.pk))
        tenant.refresh_from_db()
        assert tenant.status == before
        client.post(at("tenant", name, tenant.pk))
        tenant.refresh_from_db()
        assert tenant.status == status


def test_the_default_tenant_cannot_be_suspended(client: Client) -> None:
    KeyFactory.create()
    tenant = Tenant.objects.default()
    page = client.post(at("tenant", "suspend", tenant.pk)).content.decode()
    assert "cannot be suspended" in page


def test_each_thing_about_tenants_needs_its_permission(staff: Staff) -> None:
    tenant = TenantFactory.create()
    viewer = staff("view_tenant")
    shown = viewer.get(at("tenant", "change", tenant.pk)).content.decode()
    assert 'type="submit" class="default"' not in shown
    for browser, address in (
        (viewer, at("tenant", "change", tenant.pk)),
        (viewer, at("tenant", "add")),
        (staff("view_tenant", "change_tenant"), at("tenant", "suspend", tenant.pk)),
        (staff("view_apikey"), at("tenant", "change", tenant.pk)),
    ):
        assert browser.post(address, {"name": "x"}).status_code == 403
    assert staff("view_apikey").get(at("tenant", "changelist")).status_code == 403


def test_tenants_are_found_by_name_and_id(client: Client) -> None:
    tenant = TenantFactory.create(name="Acme of the North")
    TenantFactory.create()
    for asked in ("acme OF", tenant.public_id):
        response = client.get(at("tenant", "changelist"), {"q": asked})
        assert [found.pk for found in response.context["cl"].result_list] == [tenant.pk]


@pytest.mark.parametrize("name", ["add", "delete", "history"])
def test_the_audit_trail_has_no_page_to_change_it(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        at("auditevent", name, *([1] if name != "add" else []))


def test_an_audit_event_is_shown_and_takes_no_change(client: Client) -> None:
    key = KeyFactory.create()
    revoke_key(Actor.system(), key.public_id, reason="contract ended")
    event = AuditEvent.objects.get(action="key.revoked")
    address = at("auditevent", "change", event.pk)
    page = client.get(address).content.decode()
    assert "contract ended" in page
    assert event.mac in page
    client.post(address, {"reason": "other"})
    event.refresh_from_db()
    assert event.reason == "contract ended"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"action": "key.revoked"}, 1),
        ({"actor_kind": "staff"}, 0),
        ({"within": "1"}, 3),
        ({"q": "tests"}, 1),
        ({"tenant": "org_none"}, 0),
    ],
)
def test_the_audit_trail_is_narrowed_by(query: dict[str, str], count: int, client: Client) -> None:
    revoke_key(Actor.system(), KeyFactory.create().public_id)
    response = client.get(at("auditevent", "changelist"), query)
    assert response.context["cl"].result_count == count


def test_the_history_of_a_key_is_its_audit_trail(client: Client) -> None:
    key = KeyFactory.create()
    KeyFactory.create()
    response = client.get(at("apikey", "history", key.pk), follow=True)
    assert [event.object_id for event in response.context["cl"].result_list] == [key.public_id]


@pytest.mark.parametrize("models", [(ApiKey, Tenant, AuditEvent), (ApiKey,)])
def test_a_site_of_ones_own_can_carry_the_pages(
    models: tuple[type[Any], ...], client: Client
) -> None:
    site = AdminSite(name="inner")
    if len(models) == 1:
        site.register(ApiKey, ApiKeyAdmin)
    else:
        register(site)
    key = KeyFactory.create()
    with override_settings(ROOT_URLCONF=(path("inner/", site.urls),)):
        listed = client.get("/inner/apikeys/apikey/")
        shown = client.get(f"/inner/apikeys/apikey/{key.pk}/change/")
        asked = client.get(f"/inner/apikeys/apikey/{key.pk}/revoke/")
        done = client.post(f"/inner/apikeys/apikey/{key.pk}/revoke/")
    assert listed.status_code == shown.status_code == asked.status_code == 200
    assert f"/inner/apikeys/apikey/{key.pk}/revoke/" in shown.content.decode()
    assert done.headers["Location"] == f"/inner/apikeys/apikey/{key.pk}/change/"
