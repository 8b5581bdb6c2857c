"""What every error below Authress' mount looks like, and where it may show a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping

SHOWN = frozenset({"accessKey", "clientSecret"})


def assert_refusal(status: int, headers: Mapping[str, str], content: bytes) -> None:
    """A title, which is all that Authress' clients read, and a code."""
    assert status >= 400
    assert headers["Content-Type"] == "application/json"
    assert "no-store" in headers["Cache-Control"]
    if not content:  # to a HEAD
        return
    told = json.loads(content)
    assert set(told) == {"title", "errorCode", "errorId"}
    assert told["title"]
    assert told["errorCode"]
