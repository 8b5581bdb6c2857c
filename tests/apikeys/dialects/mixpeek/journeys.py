"""What the canary does with Mixpeek's dialect while somebody listens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.apikeys.dialects.mixpeek.calling import key_at, keys_of
from tests.apikeys.dialects.mixpeek.conforms import SHOWN

if TYPE_CHECKING:
    from tests.canary.driving import Driver


def drive(driver: Driver) -> None:
    """Every route with an answer that a customer would want, and what is refused afterwards."""
    driver.call("GET", "/openapi.json", base="/mixpeek")
    driver.call("GET", "/docs", base="/mixpeek")
    call = partial(driver.call, base="", shown=SHOWN)
    made = call("POST", keys_of("ann@example.com"), {"name": "ci"})
    path = key_at("ci", "ann@example.com")
    call("GET", keys_of("ann@example.com"), query="include_revoked=true")
    call("PATCH", path, {"description": "changed"})
    assert call("POST", f"{path}/rotate")["key"] != made["key"]
    call("POST", keys_of("ann@example.com"), {"name": "ci"})
    call("DELETE", path)
    call("POST", f"{path}/rotate")


def break_down(driver: Driver, key: Any) -> None:
    """Each call that has to do with a secret, about a key that was made while nothing broke."""
    call = partial(driver.call, base="", shown=SHOWN)
    call("POST", keys_of("bob@example.com"), {"name": "ci"})
    path = key_at(key["id"], key["subject"])
    call("POST", f"{path}/rotate")
    call("GET", keys_of(key["subject"]))
    call("PATCH", path, {"description": "changed"})
