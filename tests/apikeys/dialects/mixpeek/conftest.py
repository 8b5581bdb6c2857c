"""Alice administers her tenant through Mixpeek's dialect; Charlie administers another."""

from __future__ import annotations

import pytest

from apikeys.models import Tenant
from tests.apikeys.dialects.mixpeek.calling import Mixpeek
from tests.factories import TenantFactory, minted


def hired(tenant: Tenant, *scopes: str) -> Mixpeek:
    """Somebody with a management key of the tenant."""
    attributes = {"tenant": tenant.public_id, "key_type": "management", "scopes": list(scopes)}
    return Mixpeek(minted(**attributes)[1])


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory.create()


@pytest.fixture
def alice(tenant: Tenant) -> Mixpeek:
    return hired(tenant, "*")


@pytest.fixture
def charlie(db: None) -> Mixpeek:
    return hired(TenantFactory.create(), "*")
