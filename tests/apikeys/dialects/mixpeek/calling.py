"""Calling Mixpeek's dialect inside of the test's process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.test import Client

from tests.apikeys.dialects.mixpeek.conforms import assert_refusal
from tests.calling import Answer

USERS = "/mixpeek/v1/organizations/users"
EMAIL = "ann+ci@example.com"

_browser = Client()


@dataclass(frozen=True)
class Mixpeek:
    """Somebody with a management key, or without any."""

    secret: str = ""

    def call(
        self, method: str, path: str, body: object = None, query: str = "", **fields: str
    ) -> Answer:
        """Every refusal is checked for its shape. `body` may be bytes, sent as they are."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        kind = "application/json" if sent else ""
        response = _browser.generic(method, path, sent, kind, headers=headers, QUERY_STRING=query)
        answer = Answer(response.status_code, dict(response.headers), response.content)
        if answer.status >= 400:
            assert_refusal(answer.status, answer.headers, answer.content)
        return answer

    def create(self, user: str = EMAIL, /, **body: object) -> Answer:
        return self.call("POST", keys_of(user), body)

    def listed(self, user: str = EMAIL, /, **query: object) -> Answer:
        return self.call("GET", keys_of(user), query=urlencode(query))

    def update(self, name: str, /, user: str = EMAIL, **body: object) -> Answer:
        return self.call("PATCH", key_at(name, user), body)

    def rotate(self, name: str, /, user: str = EMAIL) -> Answer:
        return self.call("POST", f"{key_at(name, user)}/rotate")

    def delete(self, name: str, /, user: str = EMAIL, **query: object) -> Answer:
        return self.call("DELETE", key_at(name, user), query=urlencode(query))

    def made(self, name: str = "ci", /, user: str = EMAIL, **body: object) -> dict[str, Any]:
        """A key that must have been created."""
        return done(self.create(user, name=name, **body))

    def shown(self, name: str, /, user: str = EMAIL) -> Mapping[str, Any]:
        """The newest key of this name, as the list shows it."""
        keys = done(self.listed(user, include_revoked="true"))["results"]
        return next(key for key in keys if name in (key["name"], key["key_id"]))


def keys_of(user: str) -> str:
    return f"{USERS}/{quote(user, safe='')}/api-keys"


def key_at(name: str, user: str = EMAIL) -> str:
    return f"{keys_of(user)}/{quote(name, safe='')}"


def done(answer: Answer) -> dict[str, Any]:
    """The body of what must have succeeded, always as 200."""
    assert answer.status == 200, answer.content
    body: dict[str, Any] = answer.body
    return body


def faults(answer: Answer) -> set[tuple[str, str]]:
    """Field and code of each, of what must have been refused as 422."""
    assert answer.status == 422, answer.content
    found = answer.body["error"]["details"]["validation_errors"]
    return {(fault["field"], fault["code"]) for fault in found}


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["error"]["code"]
