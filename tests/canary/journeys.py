"""What is done with the service while somebody listens: what succeeds, fails and breaks."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from apikeys.domain import minting
from apikeys.limiters.base import LimiterDown
from apikeys.limiters.database import DatabaseLimiter
from apikeys.models import AuditEvent, IdempotentRequest, KeySecret, SealedSecret
from tests.canary.driving import Driver, api_routes
from tests.clients.api import journeys as clients
from tests.clients.dialects.clerk import journeys as machines
from tests.mounted import dialect_at, surfaces

Break = Callable[[pytest.MonkeyPatch], None]

#: The members of an answer that are secrets, where nothing broke in spite of all.
SHOWN = ("secret", "client_secret")

#: Header fields with a secret of nobody's in each.
_STRANGE_CREDENTIALS: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": "Bearer {}"},
    {"Authorization": "Token {}"},
    {"X-API-Key": "{}"},
    {"X-API-Key": "{}", "Authorization": "Bearer {}"},
    {"Authorization": "Bearer {}", "X-Client-Secret": "{}"},
)


def succeed(driver: Driver) -> None:
    """Every route with an answer that a customer would want."""
    _read_documents(driver)
    tied = _create(driver, "secret", "client_secret", requires_client_secret=True)
    _judge(driver, tied)
    kept = _create(driver, "secret", recoverable=True)
    driver.call("POST", f"/api_keys/{kept['id']}/secret", allowed=("secret",))
    _repeat(driver)
    _import(driver)
    _live(driver, tied["id"])
    _spend(driver)
    _administer(driver)
    _forward(driver)
    driver.call("GET", "/metrics", base="")
    clients.drive(driver)
    machines.drive(driver)
    for surface in surfaces():
        surface.part("journeys").drive(driver)


def fail(driver: Driver) -> None:
    """Every route with credentials and bodies that are refused, each with a secret in it."""
    for turn, (route, method) in enumerate(sorted(api_routes())):
        _refused(driver, turn, method, "/" + re.sub("<[^>]+>", "nobodys", route))
    digest = hashlib.sha256(_stray(driver).encode()).hexdigest()
    driver.add("import_hash that is refused", digest)
    driver.call("POST", "/api_keys", {"name": "", "import_hash": digest})


def _refused(driver: Driver, turn: int, method: str, path: str) -> None:
    dialect = dialect_at(path)
    # Some of it is in order after all.
    shown = dialect.part("conforms").SHOWN if dialect else ()
    call = partial(driver.call, method, base="", shown=shown)
    # Every route with some of them, and each of them on many a route.
    for number in (turn, turn + 1):
        strange = _STRANGE_CREDENTIALS[number % len(_STRANGE_CREDENTIALS)]
        headers = {name: form.format(_stray(driver)) for name, form in strange.items()}
        call(path, {}, key="", headers=headers)
    stray = _stray(driver)
    call(path, {"secret": stray, "name": [stray]})
    call(path, f'{{"secret": "{stray}", '.encode())
    call(path, {}, query=f"key={stray}")
    call(path, {}, query=f"search={stray}&limit=0")
    call(f"{path}/{stray}", {})
    call(path, {}, headers={"X-Request-ID": stray})
    call(path, {"name": ""}, headers={"Idempotency-Key": stray})
    call(path, {}, headers={"Referer": f"http://testserver/?key={stray}"})


def break_down(driver: Driver, how: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call that has to do with a secret while something that it needs is broken."""
    key = _create(driver, "secret", recoverable=True)
    presented = {"secret": driver.add("verified", key["secret"])}
    digest = hashlib.sha256(_stray(driver).encode()).hexdigest()
    driver.add("import_hash that breaks", digest)
    with monkeypatch.context() as patch:
        how(patch)
        new = {"name": "new", "requires_client_secret": True, "recoverable": True}
        for repeat in ({}, _once()):
            driver.call("POST", "/api_keys", new, allowed=SHOWN, headers=repeat)
            driver.call("POST", "/api_keys", {"name": "new", "import_hash": digest}, headers=repeat)
            driver.call(
                "POST",
                f"/api_keys/{key['id']}/rotate",
                {"grace_seconds": 5},
                allowed=SHOWN,
                headers=repeat,
            )
        driver.call(
            "PATCH", f"/api_keys/{key['id']}", {"requires_client_secret": True}, allowed=SHOWN
        )
        driver.call("POST", f"/api_keys/{key['id']}/secret", allowed=SHOWN)
        driver.call("POST", "/api_keys/verify", presented)
        driver.call("POST", "/api_keys/verify", {**presented, "client_secret": _stray(driver)})
        driver.call("GET", "/tenants", key=_stray(driver))
        driver.call("GET", "/forward_auth", key=presented["secret"])
        machines.break_down(driver)
        for surface in surfaces():
            surface.part("journeys").break_down(driver, key)


def stop(*_: object, **__: object) -> Any:
    raise OperationalError("the server closed the connection unexpectedly")


def breaking(module: str, name: str) -> Break:
    # By module, since `apikeys.operations.verify` is a function to whoever asks the package.
    return lambda patch: patch.setattr(import_module(module), name, stop)


def _updates_of_replays(patch: pytest.MonkeyPatch) -> None:
    original = QuerySet.update

    def update(self: Any, **columns: Any) -> int:
        return stop() if self.model is IdempotentRequest else original(self, **columns)

    patch.setattr(QuerySet, "update", update)


def _all(*breaks: Break) -> Break:
    """Where each of them alone would be made up for."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        for it in breaks:
            it(patch)

    return apply


def _limiter_is_down(patch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> Any:
        raise LimiterDown

    patch.setattr(DatabaseLimiter, "take", down)


BREAKS: dict[str, Break] = {
    "audit": lambda patch: patch.setattr(AuditEvent.objects, "bulk_create", stop),
    "digests": lambda patch: patch.setattr(KeySecret.objects, "create", stop),
    "seals": lambda patch: patch.setattr(SealedSecret.objects, "update_or_create", stop),
    "replays": _updates_of_replays,
    "finding": breaking("apikeys.operations.records", "load"),
    "freshening": breaking("apikeys.operations.records", "freshen"),
    "decision": _all(
        breaking("apikeys.operations.cases", "decide"),
        breaking("apikeys.operations.cases", "decide_known"),
    ),
    "limits": breaking("apikeys.operations.verify", "limiter"),
    "doing without limits": _all(
        _limiter_is_down, breaking("apikeys.operations.verify", "decide_without_limiter")
    ),
    "opening": breaking("apikeys.operations.recover", "unseal"),
    "rereading": breaking("apikeys.operations.issue", "reread"),
    "showing": breaking("apikeys.api.keys", "shown"),
    "rendering": breaking("rest_framework.utils.json", "dumps"),
    "verifying": _all(
        breaking("apikeys.api.quick", "verify_for"),
        breaking("apikeys.api.verifying", "verify"),
        breaking("apikeys.api.forward_auth", "verify"),
    ),
    "asking": breaking("apikeys.api.asked", "Presentation"),
    "new keys": breaking("apikeys.operations.issue", "create_rows"),
    "counts": lambda patch: patch.setattr(QuerySet, "count", stop),
    "scopes": breaking("apikeys.operations.grants", "require_grantable"),
}


def _create(driver: Driver, *allowed: str, **attributes: Any) -> Any:
    body = {"name": "a key", **attributes}
    return driver.call("POST", "/api_keys", body, allowed=allowed)


def _read_documents(driver: Driver) -> None:
    for path in ("/openapi.json", "/docs", "/api_keys", "/tenants", "/audit_events"):
        driver.call("GET", path)


def _judge(driver: Driver, tied: Any) -> None:
    asked = {"secret": tied["secret"], "explain": True}
    right = driver.call(
        "POST", "/api_keys/verify", {**asked, "client_secret": tied["client_secret"]}
    )
    assert right["valid"], right
    wrong = driver.add("client_secret that is wrong", minting.mint("cs", "live").reveal())
    driver.call("POST", "/api_keys/verify", {**asked, "client_secret": wrong})
    unknown = driver.add("secret that is unknown", minting.mint("ks", "live").reveal())
    driver.call("POST", "/api_keys/verify", {**asked, "secret": unknown})


def _repeat(driver: Driver) -> None:
    once = _once()
    for _ in range(2):
        made = driver.call("POST", "/api_keys", {"name": "once"}, allowed=("secret",), headers=once)
    for _ in range(2):
        path, grace = f"/api_keys/{made['id']}/rotate", {"grace_seconds": 60}
        driver.call("POST", path, grace, allowed=("secret",), headers=_once())


def _import(driver: Driver) -> None:
    foreign = driver.add("secret made elsewhere", f"else/where+{secrets.token_urlsafe(30)}")
    digest = driver.add("import_hash", hashlib.sha256(foreign.encode()).hexdigest())
    for _ in range(2):
        _create(driver, import_hash=digest, key_prefix=foreign[:10], key_hint=foreign[-4:])
    assert driver.call("POST", "/api_keys/verify", {"secret": foreign})["valid"]
    # The digest of a secret is not the secret.
    assert driver.call("POST", "/api_keys/verify", {"secret": digest})["code"] == "not_found"


def _live(driver: Driver, key_id: str) -> None:
    path = f"/api_keys/{key_id}"
    driver.call("GET", path)
    driver.call("PATCH", path, {"requires_client_secret": False})
    driver.call("PATCH", path, {"requires_client_secret": True}, allowed=("client_secret",))
    for verb in ("disable", "enable"):
        driver.call("POST", f"{path}/{verb}", {"reason": "a test"})
    _use(driver, key_id)
    driver.call("DELETE", path)
    driver.call("POST", f"{path}/restore", {})
    driver.call("POST", f"{path}/revoke", {"reason": "a test"})


def _use(driver: Driver, key_id: str) -> None:
    event = {"event_id": secrets.token_hex(8), "key_id": key_id, "status": 500, "latency_ms": 1}
    driver.call("POST", "/usage", {"events": [event]})
    for path in (f"/api_keys/{key_id}/usage", "/usage/attempts"):
        driver.call("GET", path)


def _spend(driver: Driver) -> None:
    """Every limit and quota there is, by leases, by reservations, and past the end."""
    limits = dict.fromkeys(("requests_per_second", "requests_per_day", "monthly_request_quota"), 9)
    made = _create(driver, "secret", credits=9, max_uses=5, concurrent_requests=1, **limits)
    asked = {"secret": made["secret"], "endpoint": "/orders", "lease": True, "ip": "192.0.2.1"}
    lease = driver.call("POST", "/api_keys/verify", asked)["lease"]
    assert driver.call("POST", "/api_keys/verify", asked)["code"] == "concurrency_exceeded"
    driver.call("POST", f"/leases/{lease}/release", {})
    for body, verb in (({"credits": 1}, "settle"), ({}, "release")):
        reserved = driver.call("POST", f"/api_keys/{made['id']}/reservations", {"credits": 2})
        driver.call("POST", f"/reservations/{reserved['id']}/{verb}", body)
    free = {**asked, "lease": False, "cost": 9}
    assert not driver.call("POST", "/api_keys/verify", free)["valid"]


def _administer(driver: Driver) -> None:
    tenant = driver.call("POST", "/tenants", {"name": "Alice"})
    path = f"/tenants/{tenant['id']}"
    driver.call("GET", path)
    driver.call("PATCH", path, {"name": "Alice and Bob"})
    _create(driver, "secret", tenant=tenant["id"], key_type="management", scopes=["*"])


def _forward(driver: Driver) -> None:
    """What a proxy asks, about requests to somebody who takes secrets in addresses."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        path = f"/orders/{_stray(driver)}?api_key={_stray(driver)}"
        driver.call(method, "/forward_auth", headers={"X-Forwarded-Uri": path})


def _once() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(16)}


def _stray(driver: Driver) -> str:
    return driver.stray()
