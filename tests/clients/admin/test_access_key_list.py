"""The list of access keys in the admin, and the page of one."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from apikeys.operations.reaching import utc_now
from clients.models import AccessKey
from clients.operations import delete_access_key
from tests.clients.admin.conftest import page
from tests.clients.machines import SYSTEM, machine
from tests.factories import TenantFactory


def listed(client: Client, **query: str) -> set[str]:
    response = client.get(page("accesskey", "changelist"), query)
    return {key.client.name for key in response.context["cl"].result_list}


def test_the_list_finds_what_to_look_after(client: Client) -> None:
    ages = {"old": (91, 1), "idle": (91, None), "new": (1, None), "gone": (91, 91)}
    tenant = TenantFactory.create()
    for name, (made, used) in ages.items():
        own = machine(name=name, tenant=tenant.public_id)
        moments = {
            "created_at": utc_now() - timedelta(days=made),
            "last_used_at": used and utc_now() - timedelta(days=used),
        }
        AccessKey.objects.filter(public_id=own.key_id).update(**moments)
        if name == "gone":
            delete_access_key(SYSTEM, own.client_id, own.key_id)
    machine(name="elsewhere")
    assert listed(client, tenant=tenant.public_id) == {"old", "idle", "new"}
    assert listed(client, status="old") == {"old", "idle"}
    assert listed(client, status="unused") == {"idle"}
    assert listed(client, status="deleted") == {"gone"}
    assert listed(client, algorithm="RS256") == set()
    assert listed(client, q="IDL") == {"idle"}


def test_a_key_is_found_by_its_id_and_fingerprint(client: Client) -> None:
    made = machine(name="sought")
    machine(name="other")
    key = AccessKey.objects.get(public_id=made.key_id)
    for asked in (key.public_id, key.fingerprint.upper(), made.client_id):
        assert listed(client, q=asked) == {"sought"}


def test_the_page_of_a_key_shows_its_public_half_alone(client: Client) -> None:
    made = machine()
    key = AccessKey.objects.get()
    assert key.secret_fingerprint
    text = client.get(page("accesskey", "change", key.pk)).content.decode()
    assert key.fingerprint in text
    assert "BEGIN PUBLIC KEY" in text
    for hidden in (
        made.client_secret,
        key.secret_fingerprint,
        bytes(key.secret_digest or b"").hex(),
    ):
        assert hidden not in text


def test_the_list_offers_no_action(client: Client) -> None:
    made = machine()
    key = AccessKey.objects.get(public_id=made.key_id)
    listing = page("accesskey", "changelist")
    assert 'name="action"' not in client.get(listing).content.decode()
    data = {"action": "delete", "_selected_action": key.pk, "confirmed": "yes"}
    client.post(listing, data)
    assert AccessKey.objects.get().revoked_at is None
