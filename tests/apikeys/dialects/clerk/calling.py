"""Calling Clerk's dialect inside of the test's process, as its JavaScript client does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from tests.apikeys.dialects.clerk.conforms import assert_refusal
from tests.calling import Answer

KEYS = "/clerk/v1/api_keys"
SUBJECT = "user_2xhFjEI5X2qWRvtV13BzSj8H6Dk"

_browser = Client()


@dataclass(frozen=True)
class Clerk:
    """Somebody with a management key, or without any."""

    secret: str = ""
    keys: str = KEYS

    def call(
        self, method: str, path: str, body: object = None, query: str = "", **fields: str
    ) -> Answer:
        """Every refusal is checked for its shape. `body` may be bytes, sent as they are."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        # Sent with every request, also where there is no body.
        kind = headers.pop("Content-Type", "application/json")
        response = _browser.generic(
            method,
            path,
            sent,
            kind,
            headers=headers,
            QUERY_STRING=query,
            CONTENT_TYPE=kind,
        )
        answer = Answer(response.status_code, dict(response.headers), response.content)
        if answer.status >= 400:
            assert_refusal(answer.status, answer.headers, answer.content)
        return answer

    def create(self, name: str = "a key", /, **body: object) -> Answer:
        return self.call("POST", self.keys, {"name": name, "subject": SUBJECT, **body})

    def page(self, /, **query: object) -> Answer:
        return self.call("GET", self.keys, query=urlencode({"subject": SUBJECT, **query}))

    def get(self, key_id: str) -> Answer:
        return self.call("GET", f"{self.keys}/{key_id}")

    def update(self, key_id: str, /, **body: object) -> Answer:
        return self.call("PATCH", f"{self.keys}/{key_id}", body)

    def delete(self, key_id: str) -> Answer:
        return self.call("DELETE", f"{self.keys}/{key_id}")

    def secret_of(self, key_id: str) -> Answer:
        return self.call("GET", f"{self.keys}/{key_id}/secret")

    def revoke(self, key_id: str, /, **body: object) -> Answer:
        return self.call("POST", f"{self.keys}/{key_id}/revoke", body)

    def verify(self, secret: str) -> Answer:
        return self.call("POST", f"{self.keys}/verify", {"secret": secret})

    def made(self, name: str = "a key", /, **body: object) -> dict[str, Any]:
        """A key that must have been created."""
        return done(self.create(name, **body), 201)

    def names(self, /, **query: object) -> list[str]:
        """Of the keys on a page that must have been answered."""
        return [key["name"] for key in done(self.page(**query))["data"]]


def done(answer: Answer, status: int = 200) -> dict[str, Any]:
    """The body of what must have succeeded."""
    assert answer.status == status, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = answer.body
    return body


def refused(answer: Answer) -> tuple[int, str]:
    """Status and code of the first thing that was wrong."""
    assert answer.status >= 400, answer.content
    return answer.status, answer.body["errors"][0]["code"]


def faults(answer: Answer) -> set[tuple[str, str]]:
    """Member and code of each, of what must have been refused as 400."""
    assert answer.status == 400, answer.content
    return {(it["meta"]["param_name"], it["code"]) for it in answer.body["errors"]}
