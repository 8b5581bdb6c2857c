from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from tests.clients.machines import ISSUER


@pytest.fixture(autouse=True)
def _issuers(settings: Any) -> None:
    """The test client's own host is the service's name; counted failures are those of one test."""
    settings.SERVICE_CLIENTS = {"ISSUERS": (ISSUER,)}
    cache.clear()
