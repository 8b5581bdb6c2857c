"""Who acts in tests: Alice runs a tenant, Charlie runs another and must see nothing of hers."""

from __future__ import annotations

from apikeys.domain.scopes import MANAGEMENT_SCOPES
from apikeys.models import Tenant
from apikeys.operations import Actor
from tests.factories import TenantFactory

ROOT = Actor.system("tests")
ALL_BUT_EVERYTHING = tuple(scope for scope in MANAGEMENT_SCOPES if scope != "*")


def runs(tenant: Tenant, *scopes: str) -> Actor:
    """A management key of the tenant, with these scopes or with all but `*`."""
    return Actor(
        kind="management_key",
        id="key_" + "a" * 32,
        scopes=scopes or ALL_BUT_EVERYTHING,
        tenant_id=tenant.public_id,
        home_tenant_id=tenant.public_id,
        ip="203.0.113.7",
        request_id="request-1",
    )


def alice() -> Actor:
    return runs(TenantFactory.create(name="Alice"))


def charlie() -> Actor:
    return runs(TenantFactory.create(name="Charlie"))
