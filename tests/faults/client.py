"""A client of the service that expects it to break, on a connection that it keeps."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from tests.faults.history import UNANSWERED

#: Longer than any answer may take, faults included.
TIMEOUT_SECONDS = 20
#: On a machine that is busy with other things a part may be late without any fault.
TRIES, PAUSE_SECONDS = 20, 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, or `UNANSWERED`, and the JSON that came with it."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The stable code of a verdict or of a problem; empty without one."""
        return str(self.body.get("code", ""))


class Client:
    """One connection to a service, for one thread, with a management key, until `close`."""

    def __init__(self, url: str, credential: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
        self._fields = {
            "Authorization": f"Bearer {credential}",
            "Content-Type": "application/json",
        }

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """One request below `/api/v1`. A connection that breaks is an answer too."""
        content = b"" if body is None else json.dumps(body).encode()
        try:
            self._connection.request(method, f"/api/v1{path}", content, self._fields)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Answer(UNANSWERED, {"code": type(error).__name__})
        return Answer(response.status, _parsed(text))

    def settled(self, method: str, path: str, body: object = None) -> Answer:
        """The same, repeated while the answer asks for that."""
        for _ in range(TRIES - 1):
            answer = self.call(method, path, body)
            if answer.status not in (503, UNANSWERED):
                return answer
            time.sleep(PAUSE_SECONDS)
        return self.call(method, path, body)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; the next call opens another."""
        self._connection.close()


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text or b"{}")
    except ValueError:  # a page of the server in front of the application
        return {"code": text[:100].decode(errors="replace")}
    return body if isinstance(body, dict) else {"body": body}
