"""Driving the service: every call, with what may be in its answer taken out and remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404

from apikeys.api.mounts import mount_at
from apikeys.domain import minting
from apikeys.domain.minting import SCANNER_PATTERN
from tests.canary.canaries import Canary
from tests.canary.sinks import Sinks
from tests.matrix.routes import served

API = "/api/v1"
_ACCESS_KEY = r"sc_\w+\.acc_\w+\.org_\w+\.[A-Za-z0-9+/=]+"
_SECRET = re.compile(rf"{SCANNER_PATTERN}|{_ACCESS_KEY}")


class Driver:
    """Calls, collects what comes back, and knows which routes were driven, and with success.

    `allowed` members of an answer are secrets that may be there: those that are, become canaries,
    and only what is left of the answer goes into a sink. The same holds for `shown` members, which
    may be anywhere in an answer that is no refusal.
    """

    def __init__(self, sinks: Sinks, root_key: str) -> None:
        self.driven: set[tuple[str, str]] = set()
        self.succeeded: set[tuple[str, str]] = set()
        self.canaries: list[Canary] = []
        self.browser = Client(raise_request_exception=False)
        self._sinks, self._root_key = sinks, root_key

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        allowed: tuple[str, ...] = (),
        shown: Collection[str] = (),
        base: str = API,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        kind: str = "application/json",
    ) -> Any:
        """One call of an API as the root key, or with `key`; the answer's body if it is JSON."""
        credential = self._root_key if key is None else key
        bearer = {"Authorization": f"Bearer {credential}"} if credential else {}
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        response = Client(raise_request_exception=False).generic(
            method,
            base + path,
            sent,
            kind,
            headers=bearer | dict(headers or {}),
            QUERY_STRING=query,
        )
        return self._keep(response, method, allowed, shown if response.status_code < 400 else ())

    def stray(self, prefix: str = "ks") -> str:
        """A secret of our shape that no key has, and that must be found nowhere either."""
        return self.add("stray secret", minting.mint(prefix, "live").reveal())

    def add(self, name: str, text: str) -> str:
        """Remember a secret that was made elsewhere; gives it back."""
        self.canaries.append(Canary.of(name, text))
        return text

    def page(
        self, method: str, path: str, data: Any = None, *, may_show: str = "", repeats: str = ""
    ) -> Any:
        """One call of the admin; `may_show` names the secrets that the page is there to show.

        `repeats` is what a form that is refused gives back to whoever has just typed it.
        """
        response: Any = self.browser.generic(
            method,
            path,
            urlencode(data or {}, doseq=True),
            "application/x-www-form-urlencoded",
        )
        text = response.content.decode()
        if repeats:
            text = text.replace(repeats, "", 1)
        for secret in set(_SECRET.findall(text)) if may_show else ():
            assert "no-store" in response.headers["Cache-Control"]
            self.add(may_show, secret)
            text = text.replace(secret, "")
        self._keep_page(response, method, text)
        return response

    def _keep(
        self, response: Any, method: str, allowed: tuple[str, ...], shown: Collection[str]
    ) -> Any:
        text = response.content.decode()
        is_json = "json" in response.headers.get("Content-Type", "")
        body = json.loads(text) if is_json and text else None
        found: list[tuple[str, str]] = []
        left: Any = _without(body, allowed, shown, found)
        for member, secret in found:
            assert "no-store" in response.headers["Cache-Control"]
            self.add(f"{member} of {_route(response)}", secret)
        self._keep_page(response, method, json.dumps(left) if is_json else text)
        return body

    def _keep_page(self, response: HttpResponse, method: str, text: str) -> None:
        is_refusal = response.status_code >= 400
        self._sinks.put("error pages" if is_refusal else "answers", text)
        self._sinks.put("header fields", dict(response.headers))
        self._sinks.put("cookies", response.cookies.output())
        self.driven.add((_route(response), method))
        if not is_refusal:
            self.succeeded.add((_route(response), method))


def api_routes() -> set[tuple[str, str]]:
    """Route and method of everything below a surface, as the URLconf spells it."""
    return {(route, method) for route, method in served() if mount_at(f"/{route}")}


def _without(
    value: Any,
    outside: Collection[str],
    anywhere: Collection[str],
    found: list[tuple[str, str]],
) -> Any:
    """A JSON value without members of these names, of which the texts are added to `found`."""
    if isinstance(value, list):
        return [_without(item, (), anywhere, found) for item in value]
    if not isinstance(value, dict):
        return value
    secret = {*outside, *anywhere}
    found += [(name, it) for name, it in value.items() if name in secret and isinstance(it, str)]
    return {
        name: _without(member, (), anywhere, found)
        for name, member in value.items()
        if name not in secret
    }


def _route(response: Any) -> str:
    try:
        return str(response.resolver_match.route)
    except Resolver404:  # it is looked up only now
        return "none"
