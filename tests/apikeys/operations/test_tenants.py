"""Tenants are made and suspended by the root key alone."""

from __future__ import annotations

import pytest

from apikeys.domain.errors import (
    DefaultTenantStays,
    InvalidInput,
    NotFound,
    NotPermitted,
    VersionMismatch,
)
from apikeys.models import AuditHead, Tenant
from apikeys.operations import create_tenant, revise_tenant
from apikeys.operations.tenants import ensure_default_tenant
from tests.apikeys.personas import ROOT, alice, charlie
from tests.apikeys.trail import no_event, one_event
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db


def test_a_tenant_begins_with_its_own_chain() -> None:
    tenant = create_tenant(ROOT, name="Alice", secret_prefix="al", metadata={"a": 1})
    stored = Tenant.objects.get()
    assert (stored.name, stored.secret_prefix, stored.metadata) == ("Alice", "al", {"a": 1})
    assert stored.is_active
    assert AuditHead.objects.get(tenant=tenant).sequence == 1


def test_making_one_is_told_in_its_own_trail() -> None:
    with one_event("tenant.created") as told:
        tenant = create_tenant(ROOT, name="Alice")
    assert told.event.tenant == tenant


def test_a_tenants_own_key_makes_no_tenant() -> None:
    actor = alice()
    with no_event(), pytest.raises(NotPermitted):
        create_tenant(actor, name="x")


def test_a_name_is_required() -> None:
    for attributes in ({}, {"name": ""}, {"name": None}, {"name": "x", "id": "org_1"}):
        with pytest.raises(InvalidInput):
            create_tenant(ROOT, attributes)
    assert not Tenant.objects.exists()


def test_a_tenant_renames_itself_but_does_not_suspend_itself() -> None:
    actor = alice()
    assert actor.tenant_id is not None
    with one_event("tenant.revised") as told:
        revise_tenant(actor, actor.tenant_id, name="Alice & Co")
    assert told.event.changes == {"name": ["Alice", "Alice & Co"]}
    with no_event(), pytest.raises(NotPermitted):
        revise_tenant(actor, actor.tenant_id, status="suspended")


def test_suspending_and_resuming_have_their_own_names() -> None:
    tenant = TenantFactory.create()
    with one_event("tenant.suspended"):
        assert not revise_tenant(ROOT, tenant.public_id, status="suspended").is_active
    with no_event():
        revise_tenant(ROOT, tenant.public_id, status="suspended")
    with one_event("tenant.resumed"):
        assert revise_tenant(ROOT, tenant.public_id, status="active").version == 3


def test_the_default_tenant_cannot_be_suspended() -> None:
    tenant = ensure_default_tenant()
    with no_event(), pytest.raises(DefaultTenantStays):
        revise_tenant(ROOT, tenant.public_id, status="suspended")


def test_the_default_tenant_is_made_once() -> None:
    with one_event("tenant.created"):
        made = ensure_default_tenant()
    with no_event():
        assert ensure_default_tenant() == made


def test_charlie_does_not_find_alices_tenant() -> None:
    owner, stranger = alice(), charlie()
    assert owner.tenant_id is not None
    for missing in (owner.tenant_id, "org_missing"):
        with no_event(), pytest.raises(NotFound):
            revise_tenant(stranger, missing, name="x")


def test_an_outdated_version_is_refused() -> None:
    tenant = TenantFactory.create()
    with no_event(), pytest.raises(VersionMismatch):
        revise_tenant(ROOT, tenant.public_id, name="x", expected_version=2)


def test_a_renamed_tenant_is_found_by_its_new_name() -> None:
    tenant = TenantFactory.create(name="Old")
    revise_tenant(ROOT, tenant.public_id, name="Straße")
    assert list(Tenant.objects.matching("STRASSE")) == [tenant]
