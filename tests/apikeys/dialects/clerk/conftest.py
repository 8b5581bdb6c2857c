"""Alice manages the keys of her tenant through Clerk's dialect; Charlie those of another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apikeys.models import Tenant
from tests.apikeys.dialects.clerk.calling import Clerk
from tests.factories import TenantFactory, minted
from tests.service import Service


def hired(tenant: Tenant, *scopes: str) -> Clerk:
    """Somebody with a management key of the tenant."""
    attributes = {"tenant": tenant.public_id, "key_type": "management", "scopes": list(scopes)}
    return Clerk(minted(**attributes)[1])


@pytest.fixture
def tenant(db: None) -> Tenant:
    made: Tenant = TenantFactory.create()
    return made


@pytest.fixture
def alice(tenant: Tenant) -> Clerk:
    return hired(tenant, "*")


@pytest.fixture
def charlie(db: None) -> Clerk:
    return hired(TenantFactory.create(), "*")


@pytest.fixture(scope="session")
def server(start_service: Callable[..., Service]) -> Service:
    """The real service, for the official clients of this worker."""
    return start_service()
