"""Driving the service: every call, with what may be in its answer taken out and remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver

from apikeys.domain.minting import SCANNER_PATTERN
from tests.canary.canaries import Canary
from tests.canary.sinks import Sinks

API = "/api/v1"
_SECRET = re.compile(SCANNER_PATTERN)


class Driver:
    """Calls, collects what comes back, and knows which routes were driven.

    `allowed` members of an answer are secrets that may be there: those that are, become canaries,
    and only what is left of the answer goes into a sink.
    """

    def __init__(self, sinks: Sinks, root_key: str) -> None:
        self.driven: set[tuple[str, str]] = set()
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
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """One call of the API as the root key, or with `key`; the answer's body if it is JSON."""
        credential = self._root_key if key is None else key
        bearer = {"Authorization": f"Bearer {credential}"} if credential else {}
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        response = Client(raise_request_exception=False).generic(
            method,
            API + path,
            sent,
            "application/json",
            headers=bearer | dict(headers or {}),
            QUERY_STRING=query,
        )
        return self._keep(response, method, allowed)

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

    def _keep(self, response: Any, method: str, allowed: tuple[str, ...]) -> Any:
        text = response.content.decode()
        is_json = "json" in response.headers.get("Content-Type", "")
        body = json.loads(text) if is_json and text else None
        left: Any = dict(body) if isinstance(body, dict) else body
        for member in allowed:
            if member in (left or ()):
                assert "no-store" in response.headers["Cache-Control"]
                self.add(f"{member} of {_route(response)}", left.pop(member))
        self._keep_page(response, method, json.dumps(left) if is_json else text)
        return body

    def _keep_page(self, response: HttpResponse, method: str, text: str) -> None:
        is_refusal = response.status_code >= 400
        self._sinks.put("error pages" if is_refusal else "answers", text)
        self._sinks.put("header fields", dict(response.headers))
        self._sinks.put("cookies", response.cookies.output())
        self.driven.add((_route(response), method))


def api_routes() -> set[tuple[str, str]]:
    """Name and method of everything that the URLconf has below the API."""
    return {
        (name, method)
        for path, name, view in _patterns(get_resolver(), "")
        if f"/{path}".startswith(API)
        for method in _methods(view)
    }


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, str, Any]]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.name or path, pattern.callback


def _methods(view: Any) -> Iterator[str]:
    actions = getattr(view, "actions", None) or {"get": ""}
    return (method.upper() for method in actions)


def _route(response: Any) -> str:
    try:
        return str(response.resolver_match.url_name)
    except Resolver404:  # it is looked up only now
        return "none"
