"""Calling the API inside of the test's process, with the middleware of the deployment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.test import Client

BASE = "/api/v1"

# One for all callers, who leave nothing in it: each new one would load the middleware again.
_browser = Client()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the header fields, the body as it was sent."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """The stable code of a problem, or of a verdict."""
        return str(self.body["code"])

    @property
    def errors(self) -> set[tuple[str, str]]:
        """Pointer and code of each bad field."""
        return {(error["pointer"], error["code"]) for error in self.body.get("errors", ())}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls the native API, with a management key or without any.

    Header fields are named arguments: `if_match='"v1"'` sends `If-Match`.
    """

    secret: str = ""
    key_id: str = ""
    tenant_id: str = ""
    ip: str = "127.0.0.1"

    def get(self, path: str, query: Mapping[str, object] | None = None, /, **fields: str) -> Answer:
        text = f"?{urlencode(query)}" if query else ""
        return self.call("GET", f"{path}{text}", **fields)

    def post(self, path: str, body: object = None, /, **fields: str) -> Answer:
        return self.call("POST", path, body, **fields)

    def patch(self, path: str, body: object, /, **fields: str) -> Answer:
        return self.call("PATCH", path, body, **fields)

    def delete(self, path: str, /, **fields: str) -> Answer:
        return self.call("DELETE", path, **fields)

    def call(self, method: str, path: str, body: object = None, /, **fields: str) -> Answer:
        """Call `/api_keys` as `/api/v1/api_keys`; addresses that a page gave are taken whole."""
        parts = urlsplit(path)
        target = parts.path if parts.path.startswith(BASE) else BASE + parts.path
        sent = b"" if body is None else json.dumps(body).encode()
        response = _browser.generic(
            method,
            target,
            sent,
            "application/json" if sent else "",
            headers={**self._credential(), **_named(fields)},
            QUERY_STRING=parts.query,
            REMOTE_ADDR=self.ip,
        )
        return Answer(response.status_code, dict(response.headers), response.content)

    def _credential(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}

    def issue(self, name: str = "a key", /, **attributes: object) -> dict[str, Any]:
        """Issue a key, which must succeed; the key as answered."""
        answer = self.post("/api_keys", {"name": name, **attributes})
        assert answer.status == 201, answer.content
        issued: dict[str, Any] = answer.body
        return issued

    def verify(self, secret: str, /, **asked: object) -> dict[str, Any]:
        """Verify a secret, which must be decided; the verdict."""
        answer = self.post("/api_keys/verify", {"secret": secret, **asked})
        assert answer.status == 200, answer.content
        verdict: dict[str, Any] = answer.body
        return verdict


def _named(fields: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in fields.items()}
