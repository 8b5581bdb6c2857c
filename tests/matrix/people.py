"""The principals: everybody who tries every route.

Callers present a management key, or what looks like one. Staff sit in front of a browser. Each is
made when a cell of the matrix asks for it. `needs` are the row's scopes or permissions, `lacks`
the one of them that "all but" goes without.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from django.contrib.auth.models import Permission, User
from django.test import Client

from apikeys.domain.scopes import EVERYTHING, MANAGEMENT_SCOPES
from apikeys.models import Tenant
from apikeys.operations import Actor, issue_key, revise_key, revise_tenant, revoke_key
from apikeys.operations.reaching import utc_now
from apikeys.operations.root import ensure_root_key
from tests.calling import Answer
from tests.factories import StaffFactory, TenantFactory, minted

REQUEST_ID = "same-for-all"
SUPPORT = (
    "apikeys.view_apikey",
    "apikeys.view_tenant",
    "apikeys.view_auditevent",
    "apikeys.view_refusedattempt",
    "service_clients.view_serviceclient",
    "service_clients.view_accesskey",
    "service_clients.view_signingkey",
)


class Visitor(Protocol):
    """Somebody who can be let in or not."""

    def ask(self, method: str, address: str, send: Mapping[str, Any] | None) -> Answer:
        """Send one request."""


@dataclass(frozen=True)
class Caller:
    """Presents a credential, or none."""

    secret: str = ""
    tenant: Tenant | None = None

    def ask(self, method: str, address: str, send: Mapping[str, Any] | None) -> Answer:
        body = b"" if send is None else json.dumps(send).encode()
        fields = {"X-Request-ID": REQUEST_ID}
        if self.secret:
            fields["Authorization"] = f"Bearer {self.secret}"
        kind = "application/json" if body else ""
        response = _browser.generic(method, address, body, kind, headers=fields)
        return Answer(response.status_code, dict(response.headers), response.content)


@dataclass(frozen=True)
class Person:
    """Sits in front of a browser, signed in as somebody or nobody."""

    browser: Client
    user: User | None = None

    def ask(self, method: str, address: str, send: Mapping[str, Any] | None) -> Answer:
        fields = {"X-Request-ID": REQUEST_ID}
        if method == "POST":
            response = self.browser.post(address, dict(send or {}), headers=fields)
        else:
            response = self.browser.generic(method, address, headers=fields)
        return Answer(response.status_code, dict(response.headers), response.content)


# For everybody: callers leave nothing in it, and each new one would load the middleware again.
_browser = Client()

Make = Callable[[Tenant, tuple[str, ...], str], Visitor]


def _holding(tenant: Tenant, *scopes: str, **more: object) -> Caller:
    attributes = {"key_type": "management", "scopes": list(scopes), **more}
    return Caller(minted(tenant=tenant.public_id, **attributes)[1], tenant)


def _expired(tenant: Tenant) -> Caller:
    key, secret = minted(tenant=tenant.public_id, key_type="management", scopes=[EVERYTHING])
    past = (utc_now() - timedelta(seconds=1)).isoformat()
    revise_key(Actor.system(), key.public_id, expires_at=past)
    return Caller(secret, tenant)


def _revoked(tenant: Tenant) -> Caller:
    key, secret = minted(tenant=tenant.public_id, key_type="management", scopes=[EVERYTHING])
    revoke_key(Actor.system(), key.public_id)
    return Caller(secret, tenant)


def _of_a_suspended_tenant() -> Caller:
    tenant = TenantFactory.create()
    caller = _holding(tenant, EVERYTHING)
    revise_tenant(Actor.system(), tenant.public_id, status="suspended")
    return caller


def _root() -> Caller:
    secret = ensure_root_key()
    assert secret is not None
    return Caller(secret.reveal())


def _standard(tenant: Tenant) -> Caller:
    """Holds the words of every scope, and manages nothing."""
    return Caller(minted(tenant=tenant.public_id, scopes=list(MANAGEMENT_SCOPES))[1], tenant)


def _scopes_but(lacked: str) -> list[str]:
    alternatives = {EVERYTHING, *lacked.split("|")}
    return [scope for scope in MANAGEMENT_SCOPES if scope not in alternatives]


CALLERS: Mapping[str, Make] = {
    "anonymous": lambda tenant, needs, lacks: Caller(),
    "garbage": lambda tenant, needs, lacks: Caller("nobody's"),
    "expired": lambda tenant, needs, lacks: _expired(tenant),
    "revoked": lambda tenant, needs, lacks: _revoked(tenant),
    "disabled": lambda tenant, needs, lacks: _holding(tenant, EVERYTHING, hold="disabled"),
    "of a suspended tenant": lambda tenant, needs, lacks: _of_a_suspended_tenant(),
    "standard": lambda tenant, needs, lacks: _standard(tenant),
    "all but": lambda tenant, needs, lacks: _holding(tenant, *_scopes_but(lacks)),
    "just": lambda tenant, needs, lacks: _holding(tenant, *_first(needs)),
    "everything": lambda tenant, needs, lacks: _holding(tenant, EVERYTHING),
    "of another tenant": lambda tenant, needs, lacks: _holding(TenantFactory.create(), EVERYTHING),
    "root": lambda tenant, needs, lacks: _root(),
}


def _person(user: User | None) -> Person:
    browser = Client()
    browser.handler = _browser.handler
    if user is not None:
        browser.force_login(user)
    return Person(browser, user)


def _staff(permissions: Iterable[str], **attributes: Any) -> Person:
    user = StaffFactory.create(**attributes)
    known = _permissions()
    user.user_permissions.set([known[name] for name in permissions])
    return _person(user)


def _permissions() -> dict[str, int]:
    """The primary key of every permission, by its name."""
    rows = Permission.objects.values_list("content_type__app_label", "codename", "pk")
    return {f"{app}.{codename}": pk for app, codename, pk in rows}


def _permissions_but(lacked: str) -> list[str]:
    return sorted(_permissions().keys() - set(lacked.split("|")))


STAFF: Mapping[str, Make] = {
    "anonymous": lambda tenant, needs, lacks: _person(None),
    "not staff": lambda tenant, needs, lacks: _staff(_permissions_but(""), is_staff=False),
    "inactive": lambda tenant, needs, lacks: _staff(_permissions_but(""), is_active=False),
    "without permission": lambda tenant, needs, lacks: _staff(()),
    "support": lambda tenant, needs, lacks: _staff(SUPPORT),
    "all but": lambda tenant, needs, lacks: _staff(_permissions_but(lacks)),
    "just": lambda tenant, needs, lacks: _staff(_first(needs)),
    "superuser": lambda tenant, needs, lacks: _person(StaffFactory.create(is_superuser=True)),
}

PEOPLE: Mapping[str, Mapping[str, Make]] = {"callers": CALLERS, "staff": STAFF}


def _first(needs: Iterable[str]) -> tuple[str, ...]:
    """The least that meets all needs: of alternatives the one that is named first."""
    return tuple(need.split("|")[0] for need in needs)


def unprotected(user: User) -> Person:
    """The same person, whose browser is made to post by another site."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    return Person(browser, user)


def issue_for(tenant: Tenant) -> str:
    """A key that nobody asks for, to see that it is left alone."""
    return issue_key(Actor.system(), name="bystander", tenant=tenant.public_id).key.public_id
