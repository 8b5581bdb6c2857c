"""Alice manages the machines of her tenant; Charlie those of another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apikeys.models import Tenant
from tests.clients.dialects.clerk.calling import Asker
from tests.factories import TenantFactory, minted
from tests.service import Service


def hired(tenant: Tenant, *scopes: str) -> Asker:
    """Somebody with a management key of the tenant."""
    attributes = {"tenant": tenant.public_id, "key_type": "management", "scopes": list(scopes)}
    return Asker(minted(**attributes)[1])


@pytest.fixture
def tenant(db: None) -> Tenant:
    made: Tenant = TenantFactory.create()
    return made


@pytest.fixture
def alice(tenant: Tenant) -> Asker:
    return hired(tenant, "*")


@pytest.fixture
def charlie(db: None) -> Asker:
    return hired(TenantFactory.create(), "*")


@pytest.fixture(scope="module")
def server(start_service: Callable[..., Service]) -> Service:
    """The real service, for Clerk's own client."""
    return start_service()
