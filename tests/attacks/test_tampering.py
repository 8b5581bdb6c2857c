"""The audit trail against somebody who can write SQL but has no key of the ring."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction

from apikeys.models import AuditEvent, AuditHead, Tenant, triggers
from apikeys.operations import Actor, create_tenant, issue_key, revise_key, revoke_key

pytestmark = pytest.mark.django_db

EVENTS = "apikeys_auditevent"
COLUMNS = (
    "sequence, at, action, actor_kind, actor_id, object_type, object_id, reason, changes, ip, "
    "request_id, ring_id, previous_mac, mac"
)


def sql(statement: str, *values: str | int | datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def alice() -> Tenant:
    """A tenant with six events in its chain."""
    tenant = create_tenant(Actor.system(), name="Alice")
    key = issue_key(Actor.system(), name="one", tenant=tenant.public_id).key
    for name in ("two", "three", "four"):
        revise_key(Actor.system(), key.public_id, name=name)
    revoke_key(Actor.system(), key.public_id, reason="leaked")
    return tenant


def findings() -> list[str]:
    """What `audit_verify` says; its exit code is 1 exactly if there is something."""
    out = io.StringIO()
    try:
        call_command("audit_verify", "--json", stdout=out)
        failed = False
    except CommandError as error:
        failed = error.returncode == 1
    found: list[dict[str, object]] = json.loads(out.getvalue())["findings"]
    assert failed is bool(found)
    return [f"{finding['sequence']} {finding['problem']}" for finding in found]


def event(tenant: Tenant, sequence: int) -> AuditEvent:
    return AuditEvent.objects.get(tenant=tenant, sequence=sequence)


def edit_a_reason(tenant: Tenant) -> None:
    sql("UPDATE apikeys_auditevent SET reason = '' WHERE id = %s", event(tenant, 6).pk)


def edit_what_changed(tenant: Tenant) -> None:
    sql("UPDATE apikeys_auditevent SET changes = '{}' WHERE id = %s", event(tenant, 3).pk)


def edit_the_time(tenant: Tenant) -> None:
    earlier = event(tenant, 2).at
    sql("UPDATE apikeys_auditevent SET at = %s WHERE id = %s", earlier, event(tenant, 4).pk)


def edit_who_did_it(tenant: Tenant) -> None:
    sql("UPDATE apikeys_auditevent SET actor_id = 'charlie' WHERE id = %s", event(tenant, 4).pk)


def edit_the_row_number(tenant: Tenant) -> None:
    """The list shows events by row number, so this would show another order."""
    last = AuditEvent.objects.latest("pk").pk
    sql("UPDATE apikeys_auditevent SET id = %s WHERE id = %s", last + 100, event(tenant, 2).pk)


def delete_one(tenant: Tenant) -> None:
    sql("DELETE FROM apikeys_auditevent WHERE id = %s", event(tenant, 3).pk)


def delete_one_and_close_the_gap(tenant: Tenant) -> None:
    sql("DELETE FROM apikeys_auditevent WHERE id = %s", event(tenant, 3).pk)
    for sequence in (4, 5, 6):
        sql(
            "UPDATE apikeys_auditevent SET sequence = %s WHERE id = %s",
            sequence - 1,
            event(tenant, sequence).pk,
        )
    sql("UPDATE apikeys_audithead SET sequence = 5 WHERE tenant_id = %s", tenant.pk)


def delete_the_first(tenant: Tenant) -> None:
    sql("DELETE FROM apikeys_auditevent WHERE id = %s", event(tenant, 1).pk)


def delete_the_last(tenant: Tenant) -> None:
    sql("DELETE FROM apikeys_auditevent WHERE id = %s", event(tenant, 6).pk)


def delete_all_and_the_head(tenant: Tenant) -> None:
    sql("DELETE FROM apikeys_auditevent WHERE tenant_id = %s", tenant.pk)
    sql("DELETE FROM apikeys_audithead WHERE tenant_id = %s", tenant.pk)


def insert_at_the_end(tenant: Tenant) -> None:
    """A copy of the last event, after it, with the head moved on."""
    last = event(tenant, 6)
    AuditEvent.objects.bulk_create([_copy(last, tenant, 7)])
    sql("UPDATE apikeys_audithead SET sequence = 7 WHERE tenant_id = %s", tenant.pk)


def insert_in_between(tenant: Tenant) -> None:
    for sequence in (6, 5, 4):
        sql(
            "UPDATE apikeys_auditevent SET sequence = %s WHERE id = %s",
            sequence + 1,
            event(tenant, sequence).pk,
        )
    AuditEvent.objects.bulk_create([_copy(event(tenant, 3), tenant, 4)])
    sql("UPDATE apikeys_audithead SET sequence = 7 WHERE tenant_id = %s", tenant.pk)


def swap_two(tenant: Tenant) -> None:
    third, fourth = event(tenant, 3).pk, event(tenant, 4).pk
    sql("UPDATE apikeys_auditevent SET sequence = 99 WHERE id = %s", third)
    sql("UPDATE apikeys_auditevent SET sequence = 3 WHERE id = %s", fourth)
    sql("UPDATE apikeys_auditevent SET sequence = 4 WHERE id = %s", third)


def splice_from_another_tenant(tenant: Tenant) -> None:
    """Bob's event with the same number takes the place of Alice's."""
    bob = alice()
    copied = _copy(event(bob, 3), tenant, 3)
    sql("DELETE FROM apikeys_auditevent WHERE id = %s", event(tenant, 3).pk)
    AuditEvent.objects.bulk_create([copied])


def swap_the_chains_of_two_tenants(tenant: Tenant) -> None:
    bob = alice()
    ids = (tenant.pk, bob.pk)
    managers: list[Any] = [AuditEvent.objects, AuditHead.objects]
    for manager in managers:
        rows = {pk: list(manager.filter(tenant=pk)) for pk in ids}
        manager.filter(tenant__in=ids).delete()
        for pk, other in (ids, ids[::-1]):
            for row in rows[pk]:
                row.tenant_id = other
            manager.bulk_create(rows[pk])


def forge_the_head(tenant: Tenant) -> None:
    sql("UPDATE apikeys_audithead SET mac = %s WHERE tenant_id = %s", "0" * 64, tenant.pk)


def write_what_is_no_json(tenant: Tenant) -> None:
    sql("UPDATE apikeys_auditevent SET changes = 'x' WHERE id = %s", event(tenant, 3).pk)


def write_what_is_no_time(tenant: Tenant) -> None:
    """PostgreSQL knows it as a time that Python has no value for, SQLite takes any text."""
    sql("UPDATE apikeys_auditevent SET at = 'infinity' WHERE id = %s", event(tenant, 3).pk)


def write_a_mac_that_is_no_ascii(tenant: Tenant) -> None:
    sql("UPDATE apikeys_auditevent SET mac = 'é' WHERE id = %s", event(tenant, 3).pk)


def name_an_unknown_root_key(tenant: Tenant) -> None:
    sql("UPDATE apikeys_auditevent SET ring_id = %s WHERE id = %s", "0" * 16, event(tenant, 3).pk)


def _copy(original: AuditEvent, tenant: Tenant, sequence: int) -> AuditEvent:
    columns = {field.attname for field in AuditEvent._meta.concrete_fields} - {"id", "public_id"}
    values = {name: getattr(original, name) for name in columns}
    return AuditEvent(**{**values, "tenant_id": tenant.pk, "sequence": sequence})


TAMPERINGS: list[Callable[[Tenant], None]] = [
    edit_a_reason,
    edit_what_changed,
    edit_the_time,
    edit_who_did_it,
    edit_the_row_number,
    delete_one,
    delete_one_and_close_the_gap,
    delete_the_first,
    delete_the_last,
    delete_all_and_the_head,
    insert_at_the_end,
    insert_in_between,
    swap_two,
    splice_from_another_tenant,
    swap_the_chains_of_two_tenants,
    forge_the_head,
    write_what_is_no_json,
    write_what_is_no_time,
    write_a_mac_that_is_no_ascii,
    name_an_unknown_root_key,
]


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_every_tampering_is_found(tamper: Callable[[Tenant], None]) -> None:
    tenant = alice()
    assert findings() == []
    tamper(tenant)
    assert findings() != []


def test_one_event_that_cannot_be_read_does_not_hide_what_was_done_to_other_tenants() -> None:
    tenant, other = alice(), alice()
    write_what_is_no_json(tenant)
    edit_a_reason(other)
    found = findings()
    assert "3 it, or a row soon after, is unreadable" in found
    assert "6 its content was changed" in found


@pytest.fixture
def guarded() -> Generator[None, None, None]:
    """The triggers are left out of test databases; here they are, for a moment."""
    triggers.install(connection)
    yield
    triggers.remove(connection)


REWRITES = [
    "UPDATE apikeys_auditevent SET reason = 'nothing happened'",
    "UPDATE apikeys_auditevent SET id = id + 1000",
    "DELETE FROM apikeys_auditevent",
]


@pytest.mark.parametrize("statement", REWRITES)
@pytest.mark.usefixtures("guarded")
def test_the_database_refuses_to_rewrite_the_trail(statement: str) -> None:
    tenant = alice()
    before = list(AuditEvent.objects.filter(tenant=tenant).values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)
    assert list(AuditEvent.objects.filter(tenant=tenant).values()) == before


@pytest.mark.usefixtures("guarded")
def test_the_database_refuses_to_replace_an_event_by_inserting_it_again() -> None:
    """On SQLite, REPLACE deletes what is in its way without asking the trigger on deletes."""
    tenant = alice()
    mine = event(tenant, 3)
    again = f"(id, public_id, tenant_id, {COLUMNS})"
    row = f"SELECT id, public_id, tenant_id, {COLUMNS.replace('reason', 'actor_id')}"
    statement = {
        "sqlite": f"INSERT OR REPLACE INTO {EVENTS} {again} {row} FROM {EVENTS} WHERE id = %s",
        "postgresql": f"INSERT INTO {EVENTS} {again} {row} FROM {EVENTS} WHERE id = %s "
        "ON CONFLICT (id) DO UPDATE SET reason = 'x'",
    }[connection.vendor]
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(statement, mine.pk)
    assert event(tenant, 3).reason == mine.reason


@pytest.mark.usefixtures("guarded")
def test_operations_still_append() -> None:
    alice()
    assert findings() == []


@pytest.mark.parametrize("harm", ["drop", "disable"])
def test_a_trigger_that_is_gone_or_switched_off_is_reported(guarded: None, harm: str) -> None:
    assert triggers.missing(connection) == ()
    if harm == "disable" and connection.vendor == "postgresql":
        sql(f"ALTER TABLE {EVENTS} DISABLE TRIGGER apikeys_audit_no_delete")
    else:
        triggers.remove(connection)
    assert "apikeys_audit_no_delete" in triggers.missing(connection)


def test_a_database_outside_of_tests_gets_its_triggers_when_it_is_migrated(tmp_path: Path) -> None:
    commands = (["migrate"], ["check", "--database", "default", "--fail-level", "WARNING"])
    unset = ("KEYSERVICE_", "DATABASE_URL", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    for words in commands:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            env={**kept, "KEYSERVICE_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
