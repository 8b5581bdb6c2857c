"""Text that steers terminals, and what of a customer's own text is written where."""

from __future__ import annotations

import pytest

from apikeys.domain.errors import InvalidInput
from apikeys.models import AuditEvent, Tenant
from apikeys.operations import Actor, create_tenant, issue_key, revise_key, revise_tenant

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system()
CONTROLS = ["\x00", "\x07", "\x1b[31m", "\r", "\x7f", "\x85", "\x9b31m"]


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("member", ["metadata", "claims"])
def test_no_control_character_gets_into_free_json(member: str, control: str) -> None:
    for value in ({"a": control}, {control: "a"}, {"a": [{"b": f"x{control}"}]}):
        with pytest.raises(InvalidInput):
            issue_key(SYSTEM, {"name": "x", member: value})


@pytest.mark.parametrize("control", CONTROLS)
def test_no_control_character_gets_into_a_tenants_metadata(control: str) -> None:
    with pytest.raises(InvalidInput):
        create_tenant(SYSTEM, name="x", metadata={"a": control})


def test_lines_and_tabs_are_part_of_free_json() -> None:
    text = "first\n\tsecond"
    key = issue_key(SYSTEM, name="x", metadata={"a": text}, claims=text).key
    assert (key.metadata, key.claims) == ({"a": text}, text)


def test_the_trail_tells_that_delicate_attributes_changed_and_not_what_they_are() -> None:
    """The address of a webhook often holds the credential for it."""
    address = "https://hooks.example.com/T000/B000/a-token-in-the-path"
    key = issue_key(SYSTEM, name="x").key
    revise_key(
        SYSTEM,
        key.public_id,
        webhook_url=address,
        alert_emails=["alice@example.com"],
        claims={"a": "delicate"},
        metadata={"a": "delicate"},
    )
    event = AuditEvent.objects.get(action="key.revised")
    delicate = {"webhook_url", "alert_emails", "claims", "metadata"}
    assert event.changes == dict.fromkeys(delicate, "changed")


def test_so_it_is_with_a_tenants_metadata() -> None:
    tenant = create_tenant(SYSTEM, name="x")
    revise_tenant(SYSTEM, tenant.public_id, metadata={"a": "delicate"})
    assert AuditEvent.objects.get(action="tenant.revised").changes == {"metadata": "changed"}
    assert Tenant.objects.get(pk=tenant.pk).metadata == {"a": "delicate"}
