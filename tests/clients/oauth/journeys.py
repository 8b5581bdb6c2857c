"""What the canary does with the OAuth endpoints while somebody listens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.clients.api.journeys import SHOWN as KEY_SHOWN
from tests.clients.oauth.conforms import SHOWN

if TYPE_CHECKING:
    from tests.canary.driving import Driver

FORM = "application/x-www-form-urlencoded"
PLAIN = "/api/authentication/oauth/tokens"


def drive(driver: Driver) -> None:
    """A token by each endpoint, asked about and revoked."""
    made = driver.call("POST", "/clients", {"scopes": ["clients:read"]})
    path = f"/clients/{made['client_id']}/access_keys"
    key = driver.call("POST", path, allowed=KEY_SHOWN)
    proof = {"client_id": made["client_id"], "client_secret": key["client_secret"]}
    form = partial(driver.call, "POST", base="", shown=SHOWN, kind=FORM, key="")
    asked = urlencode({**proof, "grant_type": "client_credentials"}).encode()
    token = form("/oauth/token", asked)["access_token"]
    driver.call("POST", PLAIN, proof, base="", shown=SHOWN, key="")
    form("/oauth/introspect", urlencode({**proof, "token": token}).encode())
    form("/oauth/revoke", urlencode({**proof, "token": token}).encode())
    wrong = urlencode({**proof, "client_secret": driver.stray("cs"), "token": token}).encode()
    for address in ("/oauth/token", "/oauth/introspect", "/oauth/revoke"):
        form(address, wrong)


def break_down(driver: Driver, key: Any) -> None:
    """Proofs that are wrong, while something is broken."""
    form = partial(driver.call, "POST", base="", shown=SHOWN, kind=FORM, key="")
    proof = {"client_id": "sc_none", "client_secret": driver.stray("cs")}
    form("/oauth/token", urlencode({**proof, "grant_type": "client_credentials"}).encode())
    form("/oauth/introspect", urlencode({**proof, "token": driver.stray()}).encode())
    driver.call("POST", PLAIN, proof, base="", key="")
