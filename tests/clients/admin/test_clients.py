"""Clients in the admin: listed, found, made, changed, enabled, disabled and deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from apikeys.models import AuditEvent
from apikeys.operations.reaching import utc_now
from clients.models import AccessKey, ServiceClient
from clients.operations import create_client, request_access_key, revise_client
from tests.apikeys.admin.reading_forms import untouched
from tests.clients.admin.conftest import Url
from tests.clients.machines import SYSTEM, machine
from tests.factories import TenantFactory

EVENTS = {"disable": "client.disabled", "enable": "client.enabled", "delete": "client.deleted"}


def names(response: Any) -> set[str]:
    return {client.name for client in response.context["cl"].result_list}


def typed(client: Client, address: str) -> dict[str, Any]:
    return dict(untouched(client.get(address).content.decode()))


def aged(client: ServiceClient, **days: int) -> None:
    """A client whose keys were made, or last used, so many days ago."""
    moments = {name: utc_now() - timedelta(days=ago) for name, ago in days.items()}
    AccessKey.objects.filter(client=client).update(**moments)


def prepared(name: str) -> ServiceClient:
    """A client to which the action can be done."""
    made = create_client(SYSTEM, name="asked for", scopes=["jobs:run"])
    return revise_client(SYSTEM, made.public_id, enabled=name != "enable")


def done(name: str) -> list[str]:
    events = AuditEvent.objects.filter(action=EVENTS[name], actor_kind="staff")
    return list(events.order_by("id").values_list("object_id", flat=True))


def test_the_list_tells_keys_ages_and_use(client: Client, url: Url) -> None:
    made = machine(name="nightly", scopes=["jobs:run"]).client
    request_access_key(SYSTEM, made.public_id)
    aged(made, created_at=100, last_used_at=91)
    page = client.get(url("changelist")).content.decode()
    for told in ("nightly", made.public_id, "jobs:run", "2 of 5", "100 days"):
        assert told in page
    assert "apikeys-status-old" in page
    assert "apikeys-status-unused" in page


def test_a_fresh_key_is_not_warned_of(client: Client, url: Url) -> None:
    made = machine(name="fresh").client
    aged(made, created_at=89)
    page = client.get(url("changelist")).content.decode()
    assert "apikeys-status-old" not in page
    assert "apikeys-status-unused" not in page


def test_deleted_keys_do_not_count(client: Client, url: Url) -> None:
    made = machine().client
    aged(made, created_at=400)
    AccessKey.objects.update(revoked_at=utc_now())
    page = client.get(url("changelist")).content.decode()
    assert "0 of 5" in page
    assert "apikeys-status-old" not in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"enabled": "no"}, {"off"}),
        ({"enabled": "yes"}, {"old", "used", "bare"}),
        ({"keys": "old"}, {"old", "used"}),
        ({"keys": "unused"}, {"old"}),
        ({"keys": "none"}, {"off", "bare"}),
    ],
)
def test_the_list_is_narrowed_by(
    query: dict[str, str], expected: set[str], client: Client, url: Url
) -> None:
    aged(machine(name="old").client, created_at=91)
    aged(machine(name="used").client, created_at=91, last_used_at=1)
    create_client(SYSTEM, name="off", enabled=False)
    create_client(SYSTEM, name="bare")
    assert names(client.get(url("changelist"), query)) == expected


def test_the_list_is_narrowed_by_the_id_of_a_tenant(client: Client, url: Url) -> None:
    tenant = TenantFactory.create()
    create_client(SYSTEM, name="theirs", tenant=tenant.public_id)
    create_client(SYSTEM, name="ours")
    assert names(client.get(url("changelist"), {"tenant": tenant.public_id})) == {"theirs"}


def test_a_client_is_found_by_name_and_by_either_id(client: Client, url: Url) -> None:
    made = machine(name="Billing of Acme")
    create_client(SYSTEM, name="other")
    for asked in ("billing OF", made.client_id, made.key_id):
        assert names(client.get(url("changelist"), {"q": asked})) == {"Billing of Acme"}


def test_what_looks_like_a_secret_is_not_searched_for(client: Client, url: Url) -> None:
    made = machine()
    # As in a host project, whose middleware does not refuse the address already.
    stack = [name for name in django_settings.MIDDLEWARE if "NoCredentials" not in name]
    with override_settings(MIDDLEWARE=stack):
        for secret in (made.client_secret, made.access_key, f"x {made.access_key}"):
            response = client.get(url("changelist"), {"q": secret})
            assert response.status_code == 302
            assert response.headers["Location"] == url("changelist")
            assert secret not in client.get(url("changelist")).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_list(client: Client, url: Url) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url("changelist")).status_code == 200
        return len(queries)

    machine()
    client.get(url("changelist"))
    few = cost()
    for _ in range(5):
        machine(tenant=TenantFactory.create().public_id)
    assert cost() == few


@pytest.mark.parametrize(
    "query",
    [
        {"access_keys__secret_digest__startswith": "a"},
        {"enabled": "maybe"},
        {"keys": "x"},
        {"tenant": "a\0b"},
        {"q": "a\0b"},
        {"q": "x" * 5000},
        {"p": "99999999999999999999"},
    ],
)
def test_hostile_queries_are_answered_without_breaking(
    query: dict[str, str], client: Client, url: Url
) -> None:
    machine()
    assert client.get(url("changelist"), query, follow=True).status_code < 500


def test_every_attribute_can_be_typed(client: Client, url: Url) -> None:
    tenant = TenantFactory.create()
    data = {
        "tenant": tenant.public_id,
        "name": "nightly",
        "enabled": "on",
        "scopes": "jobs:run\r\n clients:read \r\n",
        "options": ["grant_token_generation"],
        "rate_limits_0": "1000",
        "rate_limits_1": "PT1H",
        "tags": '{"team": "ä"}',
    }
    response = client.post(url("add"), data)
    made = ServiceClient.objects.get()
    assert response.headers["Location"] == url("change", made.pk)
    assert (made.tenant, made.name, made.enabled) == (tenant, "nightly", True)
    assert made.scopes == ["jobs:run", "clients:read"]
    assert made.options == {
        "grant_token_generation": True,
        "grant_user_permissions_access": False,
    }
    assert made.rate_limits == [{"duration": "PT1H", "quota": 1000}]
    assert made.tags == {"team": "ä"}
    event = AuditEvent.objects.get(action="client.created")
    assert (event.actor_kind, event.actor_id) == ("staff", "boss")


@pytest.mark.parametrize(
    ("field", "wrong", "says"),
    [
        ("name", "x" * 129, "longer than 128"),
        ("name", "a\u202eb", "invisible"),
        ("scopes", "fine\nwith space", "Entry 2"),
        ("tags", "{bad", "not JSON"),
        ("tags", '{"a": 1}', "string"),
        ("tags", "[]", "object"),
        ("rate_limits_0", "100", "Choose the time"),
        ("rate_limits_1", "P9D", "Entry 1"),
        ("options", "nonsense", "valid choice"),
        ("tenant", "org_missing", "no such tenant"),
    ],
)
def test_a_fault_is_shown_at_its_field_and_nothing_is_written(
    field: str, wrong: str, says: str, client: Client, url: Url
) -> None:
    response = client.post(url("add"), {"enabled": "on", field: wrong})
    assert response.status_code == 200
    name = field.removesuffix("_0").removesuffix("_1")
    assert says in " ".join(response.context["form"].errors[name])
    assert not ServiceClient.objects.exists()


def test_an_untouched_form_changes_nothing(client: Client, url: Url) -> None:
    made = create_client(
        SYSTEM,
        scopes=["a"],
        options={"grant_token_generation": True},
        rate_limits=[{"duration": "P1D", "quota": None}],
        tags={"a=b": " c "},
    )
    address = url("edit", made.pk)
    assert client.post(address, typed(client, address)).status_code == 302
    assert ServiceClient.objects.get().version == made.version
    assert not AuditEvent.objects.filter(action="client.revised").exists()


def test_an_edit_writes_what_was_changed_and_nothing_else(client: Client, url: Url) -> None:
    made = create_client(SYSTEM, name="before", scopes=["a"], tags={"b": "c"})
    address = url("edit", made.pk)
    client.post(address, typed(client, address) | {"name": "after"})
    [event] = AuditEvent.objects.filter(action="client.revised")
    assert event.changes == {"name": ["before", "after"]}


def test_a_rate_limit_is_taken_away_by_emptying_both_inputs(client: Client, url: Url) -> None:
    made = create_client(SYSTEM, rate_limits=[{"duration": "P1D", "quota": 100}])
    address = url("edit", made.pk)
    half = client.post(address, typed(client, address) | {"rate_limits_1": ""})
    assert "Choose the time" in half.content.decode()
    client.post(address, typed(client, address) | {"rate_limits_0": "", "rate_limits_1": ""})
    assert ServiceClient.objects.get().rate_limits == []


def test_an_edit_of_an_old_version_is_refused(client: Client, url: Url) -> None:
    made = create_client(SYSTEM, name="n")
    data = typed(client, url("edit", made.pk))
    revise_client(SYSTEM, made.public_id, name="first")
    response = client.post(url("edit", made.pk), data | {"name": "second"})
    assert "changed since you read it" in response.content.decode()
    assert ServiceClient.objects.get().name == "first"


@pytest.mark.parametrize("name", EVENTS)
def test_asking_does_nothing_and_answering_does_it(name: str, client: Client, url: Url) -> None:
    made = prepared(name)
    asked = client.get(url(name, made.pk))
    assert made.public_id in asked.content.decode()
    assert done(name) == []
    answered = client.post(url(name, made.pk), {"reason": "because"}, follow=True)
    assert answered.status_code == 200
    assert done(name) == [made.public_id]
    assert AuditEvent.objects.get(action=EVENTS[name], actor_kind="staff").reason == "because"


@pytest.mark.parametrize("name", EVENTS)
def test_many_are_asked_for_and_audited_one_by_one(name: str, client: Client, url: Url) -> None:
    made = [prepared(name) for _ in range(3)]
    data: dict[str, Any] = {"action": name, "_selected_action": [it.pk for it in made]}
    asked = client.post(url("changelist"), data)
    assert all(it.public_id in asked.content.decode() for it in made)
    assert done(name) == []
    client.post(url("changelist"), data | {"confirmed": "yes", "reason": "all of them"})
    assert sorted(done(name)) == sorted(it.public_id for it in made)


def test_the_page_of_a_client_leads_to_its_audit_trail(client: Client, url: Url) -> None:
    made = machine(name="n")
    page = client.get(url("change", made.client.pk)).content.decode()
    assert "access_key.created" in page
    assert f"?q={made.client_id}" in page
    history = client.get(url("history", made.client.pk))
    assert history.headers["Location"].endswith(f"?q={made.client_id}")


def test_a_client_that_is_not_there_is_a_404(client: Client, url: Url) -> None:
    for name in ("change", "edit", "request", "disable", "delete", "history"):
        for pk in (999, 10**25):
            assert client.get(url(name, pk)).status_code == 404
