"""What every error below Mixpeek's mount looks like, and where it may show a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping

# `key` is the plaintext, told once; `key_hash` its SHA-256, which the client cannot do without.
SHOWN = frozenset({"key", "key_hash"})


def assert_refusal(status: int, headers: Mapping[str, str], content: bytes) -> None:
    """An ErrorResponse as the generated client reads it, and not for a cache."""
    assert status >= 400
    assert headers["Content-Type"] == "application/json"
    assert "no-store" in headers["Cache-Control"]
    told = json.loads(content)
    assert set(told) == {"success", "status", "error"}
    assert told["success"] is False
    assert told["status"] == status
    error = told["error"]
    assert set(error) == {"message", "type", "code", "details"}
    assert all(isinstance(error[name], str) and error[name] for name in ("message", "type", "code"))
    _assert_details(error["details"])


def _assert_details(details: Mapping[str, object]) -> None:
    assert set(details) <= {"request_id", "retry_after_seconds", "validation_errors"}
    assert "request_id" in details
    assert isinstance(details.get("retry_after_seconds", 1), int)
    for fault in details.get("validation_errors", []):  # type: ignore[attr-defined]  # JSON
        assert set(fault) == {"field", "code", "message"}
        assert all(isinstance(value, str) and value for value in fault.values())
