"""What people do in the admin with secrets, as their browsers send it."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import pytest
from django.template import Context
from django.template.defaulttags import ForNode
from django.urls import reverse

from apikeys.domain import minting
from apikeys.models import ApiKey, AuditEvent, KeySecret, SealedSecret
from tests.apikeys.admin.reading_forms import untouched
from tests.canary.driving import Driver
from tests.canary.journeys import Break, breaking, stop

SHOWN = "secret on its page"


def sign_in(driver: Driver, name: str, password: str) -> None:
    """First with a wrong password, then with the right one."""
    path = reverse("admin:login")
    wrong = driver.add("password that is wrong", secrets.token_urlsafe(24))
    driver.page("GET", path)
    driver.page("POST", path, {"username": name, "password": wrong})
    answer = driver.page("POST", path, {"username": name, "password": password, "next": "/admin/"})
    assert answer.status_code == 302


def work(driver: Driver) -> None:
    """Issue, look, rotate, read again, edit, find: whatever has a secret on its way."""
    key = _issue(driver, "by hand", recoverable="on", requires_client_secret="on")
    _look_around(driver, key)
    _fill(driver, _url("edit", key.pk), description="changed")
    driver.page("POST", _url("rotate", key.pk), {"reason": "a test", "grace_seconds": "60"})
    _open_what_waits(driver)
    driver.page("GET", _url("secret", key.pk))
    driver.page("POST", _url("secret", key.pk), may_show=SHOWN)
    _import(driver)
    _find(driver)


def fail(driver: Driver) -> None:
    """What nobody should do: secrets in the address, in forms that are refused, twice."""
    for name in ("changelist", "add", "find", "waiting"):
        for query in (f"q={_stray(driver)}", f"key={_stray(driver)}", f"x={_stray(driver)}&e=1"):
            driver.page("GET", f"{_url(name)}?{query}")
        driver.page("GET", f"{_url(name)}{_stray(driver)}/")
        driver.page("POST", _url(name), {"secret": _stray(driver), "name": ""})
    broken = driver.add("secret with a typing error", f"{_stray(driver)[:-1]}_")
    driver.page("POST", _url("find"), {"secret": f" {broken} "})
    driver.page("POST", _url("find"), {"secret": driver.add("too long", secrets.token_hex(600))})


def break_down(driver: Driver, how: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page that has to do with a secret while something that it needs is broken."""
    key = _issue(driver, "breaking", recoverable="on")
    for _ in range(2):
        driver.page("POST", _url("rotate", key.pk), {"reason": "a test", "grace_seconds": "60"})
    known = driver.call("POST", "/api_keys", {"name": "sought"}, allowed=("secret",))["secret"]
    add = untouched(driver.page("GET", _url("add")).content.decode())
    digest = hashlib.sha256(_stray(driver).encode()).hexdigest()
    with monkeypatch.context() as patch:
        how(patch)
        driver.page("POST", _url("add"), {**add, "name": "x", "requires_client_secret": "on"})
        driver.page(
            "POST", _url("add"), {**add, "name": "x", "import_hash": digest}, repeats=digest
        )
        driver.page("POST", _url("rotate", key.pk), {"reason": "a test", "grace_seconds": "60"})
        driver.page("POST", _url("secret", key.pk), may_show=SHOWN)
        driver.page("POST", _url("find"), {"secret": known})
        _open_what_waits(driver)


def _issue(driver: Driver, name: str, **fields: str) -> ApiKey:
    answer = _fill(driver, _url("add"), name=name, **fields)
    if answer.status_code == 302:
        driver.page("GET", answer.headers["Location"])
        for _ in range(2):
            driver.page("POST", answer.headers["Location"], may_show=SHOWN)
    return ApiKey.objects.latest("pk")


def _fill(driver: Driver, path: str, *, repeats: str = "", **fields: str) -> Any:
    page = driver.page("GET", path).content.decode()
    return driver.page("POST", path, {**untouched(page), **fields}, repeats=repeats)


def _open_what_waits(driver: Driver) -> None:
    driver.page("GET", _url("waiting"))
    for waiting in SealedSecret.objects.filter(opened_at=None, purpose="reveal"):
        driver.page("POST", _url("reveal", waiting.place), may_show=SHOWN)


def _look_around(driver: Driver, key: ApiKey) -> None:
    for name in ("change", "usage", "history", "edit", "rotate", "revoke"):
        driver.page("GET", _url(name, key.pk))
    for address in ("admin:index", "admin:apikeys_auditevent_changelist", "landing"):
        driver.page("GET", reverse(address))
    driver.page("GET", f"{_url('changelist')}?q=by+hand")


def _import(driver: Driver) -> None:
    foreign = driver.add("secret made elsewhere", f"elsewhere-{secrets.token_urlsafe(30)}")
    digest = hashlib.sha256(foreign.encode()).hexdigest()
    fields = {"name": "imported", "import_hash": digest, "key_prefix": foreign[:10]}
    for _ in range(2):
        _fill(driver, _url("add"), repeats=digest, **fields)
    driver.page("POST", _url("find"), {"secret": foreign})


def _find(driver: Driver) -> None:
    known = driver.call("POST", "/api_keys", {"name": "sought"}, allowed=("secret",))["secret"]
    found = driver.page("POST", _url("find"), {"secret": f" {known}\n"})
    assert found.status_code == 302
    driver.page("GET", found.headers["Location"])
    driver.page("POST", _url("find"), {"secret": _stray(driver)})


def _url(name: str, *arguments: object) -> str:
    return reverse(f"admin:apikeys_apikey_{name}", args=arguments)


def _stray(driver: Driver) -> str:
    return driver.add("stray secret", minting.mint("ks", "live").reveal())


def _half_rendered(patch: pytest.MonkeyPatch) -> None:
    """The page that shows a secret breaks when the secret is written already."""
    original = ForNode.render

    def render(self: ForNode, context: Context) -> Any:
        return stop() if str(self.sequence) == "key.scopes" else original(self, context)

    patch.setattr(ForNode, "render", render)


BREAKS: dict[str, Break] = {
    "audit": lambda patch: patch.setattr(AuditEvent.objects, "bulk_create", stop),
    "digests": lambda patch: patch.setattr(KeySecret.objects, "create", stop),
    "seals": lambda patch: patch.setattr(SealedSecret.objects, "create", stop),
    "opening": breaking("apikeys.operations.one_time", "unseal_secrets"),
    "reading": breaking("apikeys.operations.recover", "unseal"),
    "showing": breaking("apikeys.admin.revealing", "confidential"),
    "seeking": breaking("apikeys.operations.seek", "utc_now"),
    "rendering": breaking("apikeys.admin.pages", "TemplateResponse"),
    "templates": _half_rendered,
}
