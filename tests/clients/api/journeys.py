"""What the canary does with service clients natively while somebody listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.canary.driving import Driver

SHOWN = ("access_key", "client_secret")


def drive(driver: Driver) -> None:
    """Every route with an answer that a customer would want."""
    made = driver.call("POST", "/clients", {"name": "worker", "scopes": ["clients:read"]})
    path = f"/clients/{made['client_id']}"
    driver.call("GET", "/clients")
    driver.call("GET", path)
    driver.call("PATCH", path, {"name": "changed"})
    once = {"Idempotency-Key": made["client_id"]}
    for _ in range(2):
        key = driver.call("POST", f"{path}/access_keys", allowed=SHOWN, headers=once)
    driver.call("POST", f"{path}/access_keys", {"public_key": key["public_key"]}, allowed=SHOWN)
    driver.call("GET", f"{path}/access_keys")
    driver.call("DELETE", f"{path}/access_keys/{key['key_id']}")
    driver.call("DELETE", path)
