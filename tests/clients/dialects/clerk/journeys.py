"""What the canary does with Clerk's machines and tokens while somebody listens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.clients.dialects.clerk.conforms import SHOWN

if TYPE_CHECKING:
    from tests.canary.driving import Driver

# As the JavaScript client asks for tokens, and as the Python client does.
BASES = ("/clerk", "/clerk/v1")


def drive(driver: Driver) -> None:
    """Every route with an answer that a customer would want, and tokens that are refused."""
    call = partial(driver.call, base="/clerk/v1", shown=SHOWN)
    receiver = call("POST", "/machines", {"name": "receiver"})
    sender = call("POST", "/machines", {"name": "sender", "scoped_machines": [receiver["id"]]})
    for base in BASES:
        _exchange(driver, base, sender, receiver)
    path = f"/machines/{sender['id']}"
    call("GET", "/machines")
    call("GET", path)
    call("PATCH", path, {"name": "changed"})
    call("GET", f"{path}/secret_key")
    call("POST", f"{path}/secret_key/rotate", {"previous_token_ttl": 60})
    call("DELETE", f"{path}/scopes/{receiver['id']}")
    call("POST", f"{path}/scopes", {"to_machine_id": receiver["id"]})
    call("DELETE", path)
    for stray in (driver.stray("ak"), driver.stray("mt")):
        call("POST", "/m2m_tokens", {}, key=stray)
        call("POST", "/m2m_tokens/verify", {"token": stray}, key=receiver["secret_key"])
        call("POST", f"/m2m_tokens/{stray}/revoke", {})


def _exchange(driver: Driver, base: str, sender: dict[str, str], receiver: dict[str, str]) -> None:
    call = partial(driver.call, base=base, shown=SHOWN, key=sender["secret_key"])
    made = call("POST", "/m2m_tokens", {"claims": {"job": "nightly"}})
    call("POST", "/m2m_tokens", {"claims": {"job": "nightly"}, "min_remaining_ttl_seconds": 60})
    signed = call("POST", "/m2m_tokens", {"token_format": "jwt"})
    for token in (made, signed):
        sent = {"token": token["token"]}
        call("POST", "/m2m_tokens/verify", sent, key=receiver["secret_key"])
        call("POST", "/m2m_tokens/verify", sent)
    call("GET", "/m2m_tokens", query=f"subject={sender['id']}")
    call("POST", f"/m2m_tokens/{made['id']}/revoke", {"revocation_reason": "a test"})


def break_down(driver: Driver) -> None:
    """Each call that has to do with a secret."""
    call = partial(driver.call, base="/clerk/v1", shown=SHOWN)
    made = call("POST", "/machines", {"name": "worker"}) or {}
    path, key = f"/machines/{made.get('id', 'mch_none')}", made.get("secret_key")
    key = key or driver.stray("ak")
    call("GET", f"{path}/secret_key")
    call("POST", f"{path}/secret_key/rotate", {"previous_token_ttl": 60})
    for wanted in ("opaque", "jwt"):
        token = call("POST", "/m2m_tokens", {"token_format": wanted}, key=key) or {}
        call("POST", "/m2m_tokens/verify", {"token": token.get("token", driver.stray("mt"))})
