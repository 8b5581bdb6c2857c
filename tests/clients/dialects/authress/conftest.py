"""A live service, a client of it with all it needs, and Authress' own library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.service import Service


@pytest.fixture(scope="module")
def live(start_service: Callable[..., Service]) -> Service:
    return start_service()


@pytest.fixture
def access_key(live: Service) -> str:
    """An access key of a fresh client that may manage clients."""
    made = live.call(
        "POST", "/api/v1/clients", json={"scopes": ["clients:read", "clients:write"]}
    ).json()
    answer = live.call("POST", f"/api/v1/clients/{made['client_id']}/access_keys")
    text: str = answer.json()["access_key"]
    return text


@pytest.fixture
def authress(live: Service, access_key: str) -> Any:
    """Authress' client 3.1.126, which signs its own tokens."""
    from authress import AuthressClient

    return AuthressClient(authress_api_url=live.url, service_client_access_key=access_key)
