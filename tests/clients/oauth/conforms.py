"""What every error of the OAuth endpoints looks like, and where they may show a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping

SHOWN = frozenset({"access_token"})
_ALLOWED = {chr(code) for code in range(0x20, 0x7F)} - {'"', "\\"}


def assert_refusal(status: int, headers: Mapping[str, str], content: bytes) -> None:
    """RFC 6749, section 5.2; in Authress' form of the endpoint with a title and a code too."""
    assert status >= 400
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    if status == 401:
        assert headers["WWW-Authenticate"]
    if not content:  # to a HEAD
        return
    told = json.loads(content)
    assert {"error", "error_description"} <= set(told)
    assert set(told) <= {"error", "error_description", "title", "errorCode"}
    assert set(told["error_description"]) <= _ALLOWED
