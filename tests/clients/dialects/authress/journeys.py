"""What the canary does with Authress' dialect while somebody listens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.clients.dialects.authress.conforms import SHOWN

if TYPE_CHECKING:
    from tests.canary.driving import Driver


def drive(driver: Driver) -> None:
    """Every route with an answer that a customer would want."""
    call = partial(driver.call, base="/v1", shown=SHOWN)
    call("GET", "/openapi.json")
    call("GET", "/docs")
    made = call("POST", "/clients", {"name": "worker"})
    path = f"/clients/{made['clientId']}"
    call("GET", "/clients")
    call("GET", path)
    call("PUT", path, {"name": "changed"})
    key = call("POST", f"{path}/access-keys")
    call("GET", f"{path}/.well-known/openid-configuration/jwks")
    call("POST", f"{path}/access-keys", {"publicKey": driver.stray()})
    call("DELETE", f"{path}/access-keys/{key['keyId']}")
    call("DELETE", path)


def break_down(driver: Driver, key: Any) -> None:
    """Each call that has to do with a secret."""
    call = partial(driver.call, base="/v1", shown=SHOWN)
    made = call("POST", "/clients", {"name": "worker"}) or {}
    path = f"/clients/{made.get('clientId', 'sc_none')}"
    call("POST", f"{path}/access-keys")
    call("POST", f"{path}/access-keys", {"publicKey": driver.stray()})
