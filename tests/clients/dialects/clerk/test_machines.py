"""Machines are service clients in Clerk's words: fields, statuses, ids, and who may what."""

from __future__ import annotations

import re
from typing import Any

import pytest

from apikeys.domain.errors import NotFound
from apikeys.models import AuditEvent, Tenant
from apikeys.operations import Actor
from clients.domain.machines import SCOPES_MAX, client_id_of, machine_id
from clients.models import MachineScope, ServiceClient
from clients.operations import (
    create_client,
    create_machine,
    create_machine_scope,
    revise_client,
)
from tests.apikeys.trail import no_event, one_event
from tests.clients.dialects.clerk.calling import MACHINES, Asker, done, faults, refused
from tests.clients.dialects.clerk.conftest import hired

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("tests")
ALONE = {"object", "id", "name", "instance_id", "default_token_ttl", "created_at", "updated_at"}
MALFORMED = ("mch_1", f"mch_{'0' * 26}1", f"mch_{'-' * 27}", "sc_1", "x", f"mch_{'0' * 28}")


def native(tenant: Tenant, **attributes: Any) -> ServiceClient:
    return create_client(SYSTEM, {"tenant": tenant.public_id, **attributes})


def test_ids_can_be_turned_round_and_have_the_width_of_clerks() -> None:
    client_id = "sc_" + "0aZ9" * 5 + "xy"
    assert re.fullmatch(r"mch_\w{27}", machine_id(client_id))
    assert client_id_of(machine_id(client_id)) == client_id
    assert not [it for it in MALFORMED if client_id_of(it)]


def test_a_machine_has_just_these_fields(alice: Asker, tenant: Tenant) -> None:
    other = alice.made("other")
    made = alice.made("worker", scoped_machines=[other["id"]])
    assert set(made) == ALONE | {"scoped_machines", "secret_key"}
    assert set(made["scoped_machines"][0]) == ALONE
    assert (made["object"], made["name"], made["default_token_ttl"]) == ("machine", "worker", 3600)
    assert made["instance_id"] == tenant.public_id
    assert isinstance(made["created_at"], int)
    assert made["created_at"] == made["updated_at"] > 1_600_000_000_000
    read = done(alice.machine(made["id"]))
    assert read == {name: value for name, value in made.items() if name != "secret_key"}
    page = done(alice.machines())
    assert (set(page), page["total_count"]) == ({"data", "total_count"}, 2)
    assert page["data"][0] == read


def test_it_is_a_service_client_with_no_rights_of_its_own(alice: Asker) -> None:
    made = alice.made("worker", default_token_ttl=5)
    client = ServiceClient.objects.get(public_id=client_id_of(made["id"]))
    assert (client.name, client.scopes, client.enabled) == ("worker", [], True)
    assert client.m2m_token_seconds == 5


def test_a_client_made_elsewhere_is_a_machine_without_a_secret_key(
    alice: Asker, tenant: Tenant
) -> None:
    client = native(tenant, name=None)
    mch = machine_id(client.public_id)
    shown = done(alice.machine(mch))
    assert (shown["name"], shown["default_token_ttl"]) == ("", 3600)
    assert refused(alice.secret_key(mch)) == (400, "secret_not_recoverable")
    secret = done(alice.rotate(mch))["secret"]
    assert done(alice.secret_key(mch))["secret"] == secret
    assert Asker(secret).token()["subject"] == mch


def test_an_update_leaves_what_clerk_has_no_word_for(alice: Asker, tenant: Tenant) -> None:
    client = native(tenant, name="old", scopes=["words:read"], tags={"team": "blue"})
    with one_event("client.revised"):
        changed = alice.call(
            "PATCH", f"{MACHINES}/{machine_id(client.public_id)}", {"default_token_ttl": 9}
        )
    assert done(changed)["default_token_ttl"] == 9
    after = ServiceClient.objects.get(pk=client.pk)
    assert (after.name, after.scopes, after.tags) == ("old", ["words:read"], {"team": "blue"})


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"name": None}, ("name", "form_param_type_invalid")),
        ({"name": ""}, ("name", "form_param_value_invalid")),
        ({"name": 1}, ("name", "form_param_type_invalid")),
        ({"name": "n" * 129}, ("name", "form_param_value_invalid")),
        ({"default_token_ttl": 0}, ("default_token_ttl", "form_param_value_invalid")),
        ({"default_token_ttl": 315_360_001}, ("default_token_ttl", "form_param_value_invalid")),
        ({"default_token_ttl": True}, ("default_token_ttl", "form_param_type_invalid")),
        ({"scoped_machines": "x"}, ("scoped_machines", "form_param_type_invalid")),
        ({"scoped_machines": ["x"]}, ("scoped_machines", "form_param_value_invalid")),
        (
            {"scoped_machines": [machine_id("0" * 22)]},
            ("scoped_machines", "form_param_value_invalid"),
        ),
        ({"scopes": []}, ("scopes", "form_param_unknown")),
        ({"m2m_token_seconds": 5}, ("m2m_token_seconds", "form_param_unknown")),
    ],
)
def test_a_bad_body_names_the_field_and_makes_nothing(
    alice: Asker, body: dict[str, object], fault: tuple[str, str]
) -> None:
    with no_event():
        assert faults(alice.call("POST", MACHINES, {"name": "n", **body})) == {fault}
    assert not ServiceClient.objects.exists()


def test_a_native_id_among_scoped_machines_is_no_machine(alice: Asker) -> None:
    other = client_id_of(alice.made()["id"])
    assert faults(alice.create(scoped_machines=[other])) == {
        ("scoped_machines", "form_param_value_invalid")
    }


def test_every_id_that_is_not_ones_own_is_refused_alike(alice: Asker, charlie: Asker) -> None:
    foreign, mine = charlie.made()["id"], alice.made()["id"]
    unknown = machine_id(f"sc_{'0' * 22}")
    for ask in (
        alice.machine,
        alice.secret_key,
        alice.rotate,
        lambda it: alice.call("DELETE", f"{MACHINES}/{it}"),
        lambda it: alice.call("PATCH", f"{MACHINES}/{it}", {"name": "x"}),
        lambda it: alice.scope(it, mine),
        lambda it: alice.scope(mine, it),
        lambda it: alice.unscope(it, mine),
        lambda it: alice.unscope(mine, it),
        alice.list,
    ):
        told = [ask(it) for it in (foreign, unknown, *MALFORMED)]
        assert {refused(it) for it in told} == {(404, "resource_not_found")}
        assert len({_without_trace(it.content) for it in told}) == 1
        assert foreign not in told[0].content.decode()
    assert not MachineScope._default_manager.exists()


def _without_trace(content: bytes) -> bytes:
    return re.sub(rb'"clerk_trace_id":"[^"]+"', b"", content)


def test_not_even_the_root_key_scopes_across_tenants(alice: Asker, charlie: Asker) -> None:
    root = create_machine(SYSTEM, {"name": "of the default tenant"}).client
    mine = client_id_of(alice.made()["id"]) or ""
    with pytest.raises(NotFound):
        create_machine_scope(SYSTEM, mine, root.public_id)


def test_a_machine_is_scoped_to_so_many_others(alice: Asker, tenant: Tenant) -> None:
    others = [machine_id(native(tenant).public_id) for _ in range(SCOPES_MAX + 1)]
    assert faults(alice.create(scoped_machines=others)) == {
        ("scoped_machines", "form_param_value_invalid")
    }
    made = alice.made(scoped_machines=others[:-1])
    assert len(made["scoped_machines"]) == SCOPES_MAX
    assert refused(alice.scope(made["id"], others[-1])) == (400, "too_many_machine_scopes")
    done(alice.unscope(made["id"], others[0]))
    done(alice.scope(made["id"], others[-1]))


def test_each_change_of_scopes_is_told_once(alice: Asker) -> None:
    one, other = alice.made()["id"], alice.made()["id"]
    with one_event("machine_scope.created") as told:
        made = done(alice.scope(one, other))
    assert set(made) == {"object", "from_machine_id", "to_machine_id", "created_at"}
    assert told.event.object_id == client_id_of(one)
    assert told.event.changes == {"to": client_id_of(other)}
    with no_event():
        assert done(alice.scope(one, other)) == made
    with one_event("machine_scope.deleted"):
        gone = done(alice.unscope(one, other))
    assert gone["deleted"] is True
    assert set(gone) == {"object", "from_machine_id", "to_machine_id", "deleted"}


def test_reads_of_a_secret_key_are_told_and_limited(alice: Asker, settings: Any) -> None:
    settings.APIKEYS = {**settings.APIKEYS, "RECOVERABLE_READS_PER_HOUR": 2}
    made = alice.made()
    for _ in range(2):
        with one_event("secret.read"):
            shown = done(alice.secret_key(made["id"]))
        assert shown == {"object": "machine_secret_key", "secret": made["secret_key"]}
    answer = alice.secret_key(made["id"])
    assert refused(answer) == (429, "reveal_limit_reached")


@pytest.mark.parametrize("seconds", [-1, 28_801, 1.5, "60", True, None])
def test_a_rotation_keeps_the_old_key_for_eight_hours_at_most(
    alice: Asker, seconds: object
) -> None:
    made = alice.made()
    [(name, _)] = faults(alice.rotate(made["id"], seconds))
    assert name == "previous_token_ttl"
    assert done(alice.secret_key(made["id"]))["secret"] == made["secret_key"]


def test_a_rotation_says_how_long(alice: Asker) -> None:
    address = f"{MACHINES}/{alice.made()['id']}/secret_key/rotate"
    assert faults(alice.call("POST", address, {})) == {("previous_token_ttl", "form_param_missing")}


def test_the_secret_key_of_a_machine_with_rights_is_for_their_holders(
    alice: Asker, tenant: Tenant
) -> None:
    made = alice.made()["id"]
    revise_client(SYSTEM, client_id_of(made) or "", {"scopes": ["clients:write", "audit:read"]})
    writer = hired(tenant, "clients:write", "clients:read")
    for ask in (writer.secret_key, writer.rotate):
        assert refused(ask(made)) == (403, "grant_exceeds_holder")
    holder = hired(tenant, "clients:write", "audit:read", "clients:read")
    done(holder.secret_key(made))


def test_nothing_of_a_secret_key_is_in_the_trail(alice: Asker) -> None:
    made = alice.made()
    second = done(alice.rotate(made["id"], 60))["secret"]
    trail = repr(list(AuditEvent.objects.values_list()))
    assert made["secret_key"] not in trail
    assert second not in trail


def test_a_name_is_ordered_by_its_letters_on_every_database(alice: Asker) -> None:
    for name in ("b", "B2", "a_", "aé", "Z"):
        alice.made(name)
    asked = {order: done(alice.machines(order_by=order))["data"] for order in ("name", "-name")}
    names = [it["name"] for it in asked["name"]]
    assert names == ["a_", "aé", "b", "B2", "Z"]
    assert [it["name"] for it in asked["-name"]] == names[::-1]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "1.5"}, "limit"),
        ({"offset": "-1"}, "offset"),
        ({"order_by": "id"}, "order_by"),
        ({"status": "x"}, "status"),
        ({"query": ""}, "query"),
    ],
)
def test_a_bad_query_names_the_parameter(alice: Asker, query: dict[str, str], name: str) -> None:
    [(parameter, _)] = faults(alice.machines(**query))
    assert parameter == name


def test_a_page_may_begin_behind_the_end(alice: Asker) -> None:
    alice.made()
    assert done(alice.machines(limit="500.0", offset="9")) == {"data": [], "total_count": 1}
