"""Issuing and editing in the admin: through the operations, faults at their fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from apikeys.domain.attributes import ATTRIBUTES, Written
from apikeys.models import ApiKey, AuditEvent, SealedSecret
from apikeys.models.shown import shown
from apikeys.operations import Actor, revise_key, revoke_key
from apikeys.operations.reaching import utc_now
from tests.apikeys.admin.reading_forms import untouched
from tests.factories import KeyFactory, TenantFactory

Url = Callable[..., str]
MINIMUM = {"name": "Billing", "key_type": "standard", "environment": "live"}


def typed(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send back of the form at this address, untouched."""
    return dict(untouched(client.get(address).content.decode()))


def test_issuing_ends_on_a_page_of_its_own_for_the_secret(client: Client, url: Url) -> None:
    response = client.post(url("add"), MINIMUM)
    page = SealedSecret.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == url("reveal", page.place)
    assert page.key is not None
    assert page.key.name == "Billing"


def test_every_writable_attribute_can_be_typed(client: Client, url: Url) -> None:
    tenant = TenantFactory.create()
    data = MINIMUM | {
        "tenant": tenant.public_id,
        "description": "two\r\nlines",
        "subject": "user_1",
        "created_by": "migration",
        "hold": "pending_review",
        "scopes": "orders:read\r\n orders:write \r\n\r\n",
        "permissions": ["read", "write"],
        "resource_scopes": '[{"resource_type": "bucket", "resource_id": "a*"}]',
        "claims": '{"plan": ["pro", 1.5, null, true]}',
        "metadata": '{"a": "ä"}',
        "tags": "one\ntwo",
        "allowed_ips_0": "only",
        "allowed_ips_1": "203.0.113.0/24\n2001:db8::/32",
        "allowed_origins_0": "only",
        "allowed_origins_1": "",
        "enforce_https": "on",
        "requests_per_second": "10",
        "cost_per_request": "0.0025",
        "credits": "5",
        "credits_refill_amount": "5",
        "credits_refill_interval": "daily",
        "recoverable": "on",
        "expires_at": "2040-01-31T12:30:15",
        "quota_alert_threshold": "0.5",
        "alert_emails": "ops@example.com",
        "prefix": "acme",
    }
    assert client.post(url("add"), data).status_code == 302
    key = ApiKey.objects.whole().get()
    values = shown(key, utc_now())
    told = {
        "tenant": tenant.public_id,
        "description": "two\nlines",
        "created_by": "migration",
        "hold": "pending_review",
        "scopes": ["orders:read", "orders:write"],
        "permissions": ["read", "write"],
        "resource_scopes": [{"resource_type": "bucket", "resource_id": "a*"}],
        "claims": {"plan": ["pro", 1.5, None, True]},
        "metadata": {"a": "ä"},
        "allowed_ips": ["203.0.113.0/24", "2001:db8::/32"],
        "allowed_origins": [],
        "allowed_domains": None,
        "enforce_https": True,
        "requests_per_second": 10,
        "cost_per_request": "0.0025",
        "recoverable": True,
        "quota_alert_threshold": 0.5,
        "alert_emails": ["ops@example.com"],
    }
    assert {name: values[name] for name in told} == told
    assert values["expires_at"].isoformat() == "2040-01-31T12:30:15+00:00"
    assert values["key_prefix"].startswith("acme_live_")


def test_the_forms_hold_exactly_what_may_be_written(client: Client, url: Url) -> None:
    never = {it.name for it in ATTRIBUTES.values() if it.written is Written.NEVER}
    always = {it.name for it in ATTRIBUTES.values() if it.written is Written.ALWAYS}
    issue = set(client.get(url("add")).context["form"].fields)
    edit = set(client.get(url("edit", KeyFactory.create().pk)).context["form"].fields)
    assert issue & never == {"key_prefix", "key_hint"}  # for imports
    assert edit - {"expected_version"} == always


@pytest.mark.parametrize(
    ("field", "wrong", "says"),
    [
        ("name", "", "required"),
        ("name", "x" * 201, "longer than 200"),
        ("name", "a\u202eb", "invisible"),
        ("name", "a\0b", "Null characters"),
        ("scopes", "fine\n" + "x" * 257, "Entry 2"),
        ("allowed_ips_1", "10.0.0.1/8", "Entry 1"),
        ("claims", "{bad", "not JSON"),
        ("claims", '{"a": NaN}', "not JSON"),
        ("claims", '{"a": 1, "a": 2}', "twice"),
        ("claims", "[" * 5000 + "]" * 5000, "not JSON"),
        ("claims", "1" * 5000, "not JSON"),
        ("claims", "1e999", "NaN and Infinity"),
        ("metadata", "[]", "JSON object"),
        ("resource_scopes", '[{"resource_type": "a"}]', "Entry 1"),
        ("requests_per_second", "-1", "greater than or equal to 0"),
        ("requests_per_second", "9" * 30, "less than or equal to"),
        ("requests_per_second", "ten", "whole number"),
        ("expires_at", "2001-01-01T00:00", "still to come"),
        ("expires_at", "0001-01-01T00:00", "between 1970"),
        ("expires_at", "soon", "valid date"),
        ("quota_alert_threshold", "2", "between 0 and 1"),
        ("quota_alert_threshold", "1e400", "number"),
        ("key_type", "wizard", "valid choice"),
        ("import_hash", "zz", "hex"),
        ("tenant", "org_missing", "no such tenant"),
        ("credits_refill_amount", "5", "go together"),
    ],
)
def test_a_fault_is_shown_at_its_field_and_nothing_is_written(
    field: str, wrong: str, says: str, client: Client, url: Url
) -> None:
    data = MINIMUM | ({"allowed_ips_0": "only"} if "allowed" in field else {}) | {field: wrong}
    response = client.post(url("add"), data)
    assert response.status_code == 200
    errors = response.context["form"].errors
    name = "credits_refill_interval" if "refill" in field else field.removesuffix("_1")
    assert says in " ".join(errors[name])
    assert not ApiKey.objects.exists()
    assert not AuditEvent.objects.filter(action="key.issued").exists()


def test_entries_without_their_rule_are_not_dropped_silently(client: Client, url: Url) -> None:
    data = MINIMUM | {"allowed_ips_0": "none", "allowed_ips_1": "203.0.113.9"}
    response = client.post(url("add"), data)
    assert "Only these" in str(response.context["form"].errors["allowed_ips"])


def test_an_imported_key_has_no_secret_to_show(client: Client, url: Url) -> None:
    data = MINIMUM | {"import_hash": "ab" * 32, "key_prefix": "old_live_x", "key_hint": "zzzz"}
    response = client.post(url("add"), data)
    assert response.headers["Location"] == url("change", ApiKey.objects.get().pk)
    again = client.post(url("add"), data)
    assert "one imported hash makes one key" in again.content.decode()


def test_an_untouched_form_changes_nothing(client: Client, url: Url) -> None:
    key = KeyFactory.create(
        description=" a\nb ",
        claims={"a": True},
        allowed_ips=[],
        allowed_domains=["example.com"],
        expires_at="2040-01-31T12:30:15.123456Z",
        resource_scopes=[{"resource_type": "a", "resource_id": "b"}],
        cost_per_request="0.1",
        scopes=[" spaced "],
    )
    address = url("edit", key.pk)
    assert client.post(address, typed(client, address)).status_code == 302
    assert ApiKey.objects.get(pk=key.pk).version == key.version
    assert not AuditEvent.objects.filter(action="key.revised").exists()


def test_an_edit_writes_what_was_changed_and_nothing_else(client: Client, url: Url) -> None:
    key = KeyFactory.create(tags=["a"], expires_at="2040-01-31T12:30:15.123456Z")
    address = url("edit", key.pk)
    client.post(address, typed(client, address) | {"name": "Renamed", "tags": ""})
    [event] = AuditEvent.objects.filter(action="key.revised")
    assert event.changes == {"name": [key.name, "Renamed"], "tags": [["a"], []]}


def test_an_edit_of_an_old_version_is_refused(client: Client, url: Url) -> None:
    key = KeyFactory.create()
    address = url("edit", key.pk)
    data = typed(client, address)
    revise_key(Actor.system(), key.public_id, {"name": "First"})
    response = client.post(address, data | {"name": "Second"})
    assert response.status_code == 200
    assert "changed since you read it" in response.content.decode()
    assert ApiKey.objects.get(pk=key.pk).name == "First"


def test_a_new_client_secret_waits_on_its_own_page(client: Client, url: Url) -> None:
    key = KeyFactory.create()
    address = url("edit", key.pk)
    response = client.post(address, typed(client, address) | {"requires_client_secret": "on"})
    assert response.headers["Location"] == url("reveal", SealedSecret.objects.get().place)
    page = client.post(response.headers["Location"]).content.decode()
    assert "cs_live_" in page
    assert "Client secret" in page


def test_a_revoked_key_cannot_be_edited(client: Client, url: Url) -> None:
    key = KeyFactory.create()
    revoke_key(Actor.system(), key.public_id)
    assert client.get(url("edit", key.pk)).status_code == 403


def test_who_may_not_see_secrets_is_told_so(staff: Callable[..., Client], url: Url) -> None:
    browser = staff("view_apikey", "issue_apikey")
    assert "cannot be shown to you" in browser.get(url("add")).content.decode()
    response = browser.post(url("add"), MINIMUM, follow=True)
    assert "you lack the permission to see secrets" in response.content.decode()
    place = SealedSecret.objects.get().place
    assert browser.post(url("reveal", place)).status_code == 403


def test_who_may_not_stop_keys_sets_no_hold(staff: Callable[..., Client], url: Url) -> None:
    browser = staff("view_apikey", "issue_apikey")
    browser.post(url("add"), MINIMUM | {"hold": "disabled"})
    assert ApiKey.objects.get().hold is None


def test_only_who_holds_everything_names_tenant_and_maker(
    staff: Callable[..., Client], url: Url
) -> None:
    tenant = TenantFactory.create()
    browser = staff("view_apikey", "issue_apikey")
    browser.post(url("add"), MINIMUM | {"tenant": tenant.public_id, "created_by": "x"})
    key = ApiKey.objects.get()
    assert key.tenant.is_default
    assert key.created_by.startswith("staff")


def test_djangos_log_names_the_key_by_name_and_id_only(client: Client, url: Url) -> None:
    client.post(url("add"), MINIMUM)
    key, entry = ApiKey.objects.get(), LogEntry.objects.get()
    assert entry.object_repr == f"Billing ({key.public_id})"
    assert entry.change_message == "Issued"
