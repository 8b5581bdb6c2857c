"""All twelve operations over HTTP, against the running service, as the vendor's client sends them.

That client itself cannot be imported, in any published revision; its requests are known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.apikeys.dialects.playbook.conforms import assert_refusal
from tests.apikeys.dialects.playbook.speaking import BASE, KEYS, TENANT_KEYS
from tests.service import Service

# Content-Type on every request, bodies or none.
SENT = {
    "Accept": "application/json",
    "Content-Type": "application/json",
    "User-Agent": "OpenAPI-Generator/1.0.0/python",
}


@pytest.fixture(scope="module")
def service(start_service: Callable[..., Service]) -> Service:
    return start_service(KEYSERVICE_PLAYBOOK_GRACE_SECONDS="3600")


class Wire:
    """One who sends X-API-Key, or nothing with an empty key."""

    def __init__(self, service: Service, key: str | None = None) -> None:
        self._service = service
        self._key = service.root_key if key is None else key

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**SENT, **({"X-API-Key": self._key} if self._key else {})}
        return self._service.call(method, BASE + path, key="", headers=headers, **options)

    def ok(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The answer, which must be 200 with JSON."""
        response = self.send(method, path, **options)
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"].startswith("application/json")
        return dict(response.json())

    def refused(self, method: str, path: str, **options: Any) -> int:
        """The status of a refusal in the vendor's shape."""
        response = self.send(method, path, **options)
        assert_refusal(response.status_code, response.headers, response.content)
        return response.status_code

    def is_good(self, secret: str) -> bool:
        asked = {"secret": secret, "dry_run": True}
        return bool(
            self._service.call("POST", "/api/v1/api_keys/verify", json=asked).json()["valid"]
        )


@pytest.fixture
def wire(service: Service) -> Wire:
    return Wire(service)


def test_the_life_of_a_key(wire: Wire) -> None:
    sent = {
        "name": "Production",
        "scopes": ["leads:read"],
        "expiresAt": "2090-01-01T00:00:00+00:00",
    }
    created = wire.ok("POST", KEYS, json={**sent, "workspaceId": "4"})
    key, secret = created["apiKey"], created["keyValue"]
    assert wire.is_good(secret)
    assert wire.ok("GET", f"{KEYS}/{key['id']}", params={"workspaceId": "4"}) == {"apiKey": key}

    listed = wire.ok("GET", f"{KEYS}/list", params={"search": "production", "workspaceId": "4"})
    assert listed == {"apiKeys": [key], "nextPageNumber": 0, "totalCount": 1}

    changed = wire.ok("PUT", KEYS, json={"apiKey": {**key, "description": "d", "rateLimit": 5}})
    assert (changed["apiKey"]["description"], changed["apiKey"]["rateLimit"]) == ("d", 5)

    rotated = wire.ok("POST", f"{KEYS}/rotate", json={"keyId": key["id"], "workspaceId": "4"})
    assert rotated.keys() == {"newApiKey", "newKeyValue", "oldKeyExpiry"}
    assert wire.is_good(secret)
    assert wire.is_good(rotated["newKeyValue"])

    assert wire.ok("DELETE", f"{KEYS}/{key['id']}") == {"success": True}
    assert not wire.is_good(rotated["newKeyValue"])
    assert wire.refused("GET", f"{KEYS}/{key['id']}") == 404


def test_the_life_of_a_tenant_key(wire: Wire) -> None:
    scopes = ["TENANT_API_KEY_SCOPE_READ_JOBS"]
    sent = {"name": "Jobs", "scopes": scopes, "status": "STATUS_UNSPECIFIED"}
    created = wire.ok("POST", TENANT_KEYS, json={"apiKey": sent})
    assert created.keys() == {"keyId", "keyValue"}
    key = wire.ok("GET", f"{TENANT_KEYS}/{created['keyId']}")["apiKey"]
    assert (key["name"], key["scopes"], key["useCount"]) == ("Jobs", scopes, 0)

    listed = wire.ok("GET", f"{TENANT_KEYS}/list", params={"status": "STATUS_ACTIVE"})
    assert key in listed["apiKeys"]

    changed = wire.ok("PUT", TENANT_KEYS, json={"apiKey": {**key, "status": "STATUS_SUSPENDED"}})
    assert changed["apiKey"]["status"] == "STATUS_SUSPENDED"
    assert not wire.is_good(created["keyValue"])

    rotated = wire.ok("POST", f"{TENANT_KEYS}/rotate", json={"keyId": key["id"]})
    told = {"newApiKey", "newKeyValue", "oldKeyExpiry", "tenantId", "organizationId"}
    assert rotated.keys() == told

    assert wire.ok("DELETE", f"{TENANT_KEYS}/{key['id']}") == {"success": True}
    assert wire.refused("DELETE", f"{TENANT_KEYS}/{key['id']}") == 404


def test_a_key_with_a_prefix_is_taken(service: Service) -> None:
    assert Wire(service, f"Bearer {service.root_key}").ok("GET", f"{KEYS}/list")["totalCount"]


def test_without_a_credential_the_create_calls_are_refused(service: Service) -> None:
    nobody = Wire(service, "")
    assert nobody.refused("POST", KEYS, json={"name": "n"}) == 401
    assert nobody.refused("POST", TENANT_KEYS, json={"apiKey": {"name": "n"}}) == 401


@pytest.mark.parametrize(
    "key_id", ["0", "a%2Fb", "%00", "1%0A", "list%2F", "..%2F..", "9" * 300, "%FF"]
)
def test_no_id_breaks_it(wire: Wire, key_id: str) -> None:
    for at in (KEYS, TENANT_KEYS):
        for method in ("GET", "DELETE"):
            assert wire.refused(method, f"{at}/{key_id}") in (400, 404)


def test_where_it_is_allowed_the_create_calls_come_without_a_credential(
    start_service: Callable[..., Service],
) -> None:
    service = start_service(KEYSERVICE_PLAYBOOK_ANONYMOUS_CREATE="on")
    nobody = Wire(service, "")
    key = nobody.ok("POST", KEYS, json={"name": "first"})
    tenant_key = nobody.ok("POST", TENANT_KEYS, json={"apiKey": {"name": "second"}})
    assert Wire(service).is_good(key["keyValue"])
    assert Wire(service).is_good(tenant_key["keyValue"])
    assert nobody.refused("GET", f"{KEYS}/list") == 401
    assert Wire(service, "wrong").refused("POST", KEYS, json={"name": "n"}) == 401
    assert Wire(service, key["keyValue"]).refused("GET", f"{KEYS}/list") == 403
    events = service.call("GET", "/api/v1/audit_events", params={"actor": "anonymous"}).json()
    assert [(it["actor_kind"], it["action"]) for it in events["results"]] == [
        ("anonymous", "key.issued"),
        ("anonymous", "key.issued"),
    ]
