"""What every error about machines and their tokens looks like, and where a secret may be shown."""

from __future__ import annotations

import json
from collections.abc import Mapping

SHOWN = frozenset({"secret", "secret_key", "token"})


def assert_refusal(status: int, headers: Mapping[str, str], content: bytes) -> None:
    """The list that both clients read, under the one media type that JavaScript's takes for JSON.

    The Python client repeats a 503 for an hour, so there is none; a 409 it hardly ever knows.
    """
    assert status >= 400
    assert status not in (409, 503)
    assert headers["Content-Type"] == "application/json"
    assert "no-store" in headers["Cache-Control"]
    assert status != 429 or int(headers["Retry-After"]) > 0
    if not content:  # to a HEAD
        return
    told = json.loads(content)
    assert set(told) == {"errors", "clerk_trace_id"}
    assert isinstance(told["clerk_trace_id"], str | None)
    assert told["errors"]
    for error in told["errors"]:
        assert set(error) - {"meta"} == {"message", "long_message", "code"}
        assert all(isinstance(error[it], str) and error[it] for it in error if it != "meta")
        assert list(error.get("meta", {"param_name": ""})) == ["param_name"]
