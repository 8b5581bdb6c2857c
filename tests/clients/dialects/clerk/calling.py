"""Calling the routes of machines and tokens inside of the test's process, as Clerk's clients do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from tests.calling import Answer
from tests.clients.dialects.clerk.conforms import assert_refusal

MACHINES, TOKENS = "/clerk/v1/machines", "/clerk/v1/m2m_tokens"

_browser = Client()


@dataclass(frozen=True)
class Asker:
    """Somebody with a credential: a management key, or the secret key of a machine."""

    secret: str = ""
    tokens: str = TOKENS

    def call(self, method: str, path: str, body: object = None, /, **query: object) -> Answer:
        """Every refusal is checked for its shape. `body` may be bytes, sent as they are."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        response = _browser.generic(
            method,
            path,
            sent,
            "application/json",
            headers=headers,
            QUERY_STRING=urlencode(query),
        )
        answer = Answer(response.status_code, dict(response.headers), response.content)
        if answer.status >= 400:
            assert_refusal(answer.status, answer.headers, answer.content)
        return answer

    def create(self, name: str = "a machine", /, **body: object) -> Answer:
        return self.call("POST", MACHINES, {"name": name, **body})

    def made(self, name: str = "a machine", /, **body: object) -> dict[str, Any]:
        """A machine that must have been made."""
        return done(self.create(name, **body))

    def machines(self, /, **query: object) -> Answer:
        return self.call("GET", MACHINES, **query)

    def machine(self, machine_id: str) -> Answer:
        return self.call("GET", f"{MACHINES}/{machine_id}")

    def scope(self, machine_id: str, other_id: str) -> Answer:
        return self.call("POST", f"{MACHINES}/{machine_id}/scopes", {"to_machine_id": other_id})

    def unscope(self, machine_id: str, other_id: str) -> Answer:
        return self.call("DELETE", f"{MACHINES}/{machine_id}/scopes/{other_id}")

    def secret_key(self, machine_id: str) -> Answer:
        return self.call("GET", f"{MACHINES}/{machine_id}/secret_key")

    def rotate(self, machine_id: str, seconds: object = 0) -> Answer:
        body = {"previous_token_ttl": seconds}
        return self.call("POST", f"{MACHINES}/{machine_id}/secret_key/rotate", body)

    def issue(self, /, **body: object) -> Answer:
        return self.call("POST", self.tokens, body)

    def token(self, /, **body: object) -> dict[str, Any]:
        """A token that must have been made."""
        return done(self.issue(**body), 201)

    def verify(self, text: str, /, name: str = "token") -> Answer:
        return self.call("POST", f"{self.tokens}/verify", {name: text})

    def revoke(self, token_id: str, /, **body: object) -> Answer:
        return self.call("POST", f"{self.tokens}/{token_id}/revoke", body)

    def list(self, subject: str, /, **query: object) -> Answer:
        return self.call("GET", self.tokens, subject=subject, **query)


def done(answer: Answer, status: int = 200) -> dict[str, Any]:
    """The body of what must have succeeded."""
    assert answer.status == status, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    assert "no-store" in answer.headers["Cache-Control"]
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
