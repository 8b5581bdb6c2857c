"""Alice administers her tenant; Charlie another, and must not learn that Alice exists."""

from __future__ import annotations

import pytest

from apikeys.models import ApiKey, Tenant
from apikeys.operations.root import ensure_root_key
from tests.apikeys.dialects.playbook.speaking import Speaker
from tests.factories import TenantFactory, minted


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Everything here meets the database."""


@pytest.fixture
def alices_tenant() -> Tenant:
    tenant: Tenant = TenantFactory.create(name="Alice")
    return tenant


@pytest.fixture
def alice(alices_tenant: Tenant) -> Speaker:
    return holder(alices_tenant)


@pytest.fixture
def charlie() -> Speaker:
    return holder(TenantFactory.create(name="Charlie"))


@pytest.fixture
def root() -> Speaker:
    secret = ensure_root_key()
    assert secret is not None
    return Speaker(secret.reveal())


@pytest.fixture
def root_number(root: Speaker) -> int:
    number: int = ApiKey.objects.get(is_root=True).number
    return number


def holder(tenant: Tenant, *scopes: str) -> Speaker:
    """Whoever has a management key of the tenant, with these scopes or with `*`."""
    key = {"key_type": "management", "scopes": list(scopes or ["*"])}
    return Speaker(minted(tenant=tenant.public_id, **key)[1])
