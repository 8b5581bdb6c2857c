"""What every error below Clerk's mount looks like, and where it may show a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping

SHOWN = frozenset({"secret"})


def assert_refusal(status: int, headers: Mapping[str, str], content: bytes) -> None:
    """The list that both clients read, under the one media type that JavaScript's takes for JSON.

    The Python client repeats a 503 for an hour, so there is none; a 409 it knows on create alone.
    """
    assert status >= 400
    assert status not in (409, 503)
    assert headers["Content-Type"] == "application/json"
    assert "no-store" in headers["Cache-Control"]
    if status == 429:
        assert int(headers["Retry-After"]) > 0
    if not content:  # to a HEAD
        return
    told = json.loads(content)
    assert set(told) == {"errors", "clerk_trace_id"}
    assert isinstance(told["clerk_trace_id"], str | None)
    assert told["errors"]
    for error in told["errors"]:
        _assert_item(error)


def _assert_item(error: Mapping[str, object]) -> None:
    assert (
        {"message", "long_message", "code"}
        <= set(error)
        <= {
            *("message", "long_message", "code", "meta"),
        }
    )
    assert all(isinstance(error[it], str) and error[it] for it in error if it != "meta")
    meta = error.get("meta", {"param_name": "any"})
    assert isinstance(meta, dict)
    assert list(meta) == ["param_name"]
    assert isinstance(meta["param_name"], str)
