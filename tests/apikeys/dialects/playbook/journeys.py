"""What the canary does with PlaybookMedia's dialect while somebody listens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from apikeys.models import ApiKey
from tests.apikeys.dialects.playbook.conforms import SHOWN
from tests.apikeys.dialects.playbook.speaking import BASE, KEYS, TENANT_KEYS

if TYPE_CHECKING:
    from tests.canary.driving import Driver


def drive(driver: Driver) -> None:
    """Every route with an answer that a customer would want."""
    driver.call("GET", "/openapi.json", base="/playbook")
    driver.call("GET", "/docs", base="/playbook")
    call = partial(driver.call, base=BASE, shown=SHOWN)
    made = call("POST", KEYS, {"name": "a key", "requiresClientSecret": True})
    assert {"keyValue", "clientSecret"} <= made.keys()
    _live(call, KEYS, made["apiKey"]["id"])
    made = call("POST", TENANT_KEYS, {"apiKey": {"name": "a key"}})
    _live(call, TENANT_KEYS, made["keyId"])


def _live(call: Any, keys: str, number: str) -> None:
    call("GET", f"{keys}/list", query="pageSize=100")
    call("GET", f"{keys}/{number}")
    call("PUT", keys, {"apiKey": {"id": number, "description": "changed"}})
    assert call("POST", f"{keys}/rotate", {"keyId": number})["newKeyValue"]
    call("DELETE", f"{keys}/{number}")
    call("DELETE", f"{keys}/{number}")


def break_down(driver: Driver, key: Any) -> None:
    """Each call that has to do with a secret, about a key that was made while nothing broke."""
    call = partial(driver.call, base=BASE, shown=SHOWN)
    number = str(ApiKey.objects.get(public_id=key["id"]).number)
    call("POST", KEYS, {"name": "a key", "requiresClientSecret": True})
    call("POST", TENANT_KEYS, {"apiKey": {"name": "a key"}})
    call("PUT", KEYS, {"apiKey": {"id": number, "requiresClientSecret": True}})
    for keys in (KEYS, TENANT_KEYS):
        call("POST", f"{keys}/rotate", {"keyId": number})
        call("GET", f"{keys}/{number}")
        call("GET", f"{keys}/list")
