"""What the canary does with Clerk's dialect while somebody listens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.apikeys.dialects.clerk.calling import SUBJECT
from tests.apikeys.dialects.clerk.conforms import SHOWN

if TYPE_CHECKING:
    from tests.canary.driving import Driver

# As the JavaScript client asks, and as the Python client does.
BASES = ("/clerk", "/clerk/v1")


def drive(driver: Driver) -> None:
    """Every route with an answer that a customer would want, and verifies that are refused."""
    driver.call("GET", "/openapi.json", base="/clerk")
    driver.call("GET", "/docs", base="/clerk")
    for base in BASES:
        call = partial(driver.call, base=base, shown=SHOWN)
        made = call("POST", "/api_keys", {"name": "a key", "subject": SUBJECT})
        path = f"/api_keys/{made['id']}"
        call("GET", "/api_keys", query=f"subject={SUBJECT}")
        call("GET", path)
        call("PATCH", path, {"description": "changed", "claims": {"plan": "pro"}})
        assert call("GET", f"{path}/secret")["secret"] == made["secret"]
        assert call("POST", "/api_keys/verify", {"secret": made["secret"]})["id"] == made["id"]
        call("POST", f"{path}/revoke", {"revocation_reason": "a test"})
        for secret in (made["secret"], driver.stray("ak"), driver.stray("ks")[:-1]):
            call("POST", "/api_keys/verify", {"secret": secret})
        call("DELETE", path)
        call("GET", f"{path}/secret")


def break_down(driver: Driver, key: Any) -> None:
    """Each call that has to do with a secret, about a key that was made while nothing broke."""
    call = partial(driver.call, base=BASES[1], shown=SHOWN)
    path = f"/api_keys/{key['id'].replace('key_', 'ak_')}"
    call("POST", "/api_keys", {"name": "a key", "subject": SUBJECT})
    call("GET", f"{path}/secret")
    call("POST", "/api_keys/verify", {"secret": key["secret"]})
    call("PATCH", path, {"description": "changed"})
