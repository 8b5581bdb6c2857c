"""Whether an error is one that the vendor's client reads: its models, status by status."""

from __future__ import annotations

import json
from collections.abc import Mapping

#: Under these names, secrets and their SHA-256 may be shown.
SHOWN = frozenset({"keyValue", "newKeyValue", "clientSecret", "keyHash", "clientSecretHash"})

#: The words that `code` may be where it is a word; elsewhere it is the status.
_VALIDATION = frozenset(
    {
        "VALIDATION_ERROR",
        "PARAM_MISSING_VALUE",
        "PAGE_SIZE_INVALID",
        "INVALID_FORMAT",
        "FIELD_TOO_SHORT",
        "DUPLICATE_ENTRY",
    }
)
_INTERNAL = frozenset(
    {"INTERNAL_ERROR", "UNAVAILABLE", "RATE_LIMIT_EXCEEDED", "QUOTA_EXCEEDED"},
)
CODES: Mapping[int, frozenset[str]] = {
    400: _VALIDATION,
    401: frozenset({"BEARER_TOKEN_MISSING", "AUTH_FAILED_INVALID_BEARER_TOKEN"}),
    404: frozenset({"RESOURCE_NOT_FOUND"}),
    409: _VALIDATION,
    429: _INTERNAL,
    500: _INTERNAL,
    503: _INTERNAL,
}
EXTRAS: Mapping[int, frozenset[str]] = {
    400: frozenset({"fieldViolations"}),
    403: frozenset({"reason", "requiredPermissions"}),
    405: frozenset({"allowedMethods"}),
    409: frozenset({"conflictInfo"}),
    412: frozenset({"failedConditions"}),
    500: frozenset({"incidentId"}),
    503: frozenset({"incidentId"}),
}


def assert_refusal(status: int, headers: Mapping[str, str], content: bytes) -> None:
    """Assert that this is the vendor's model for the status, as JSON that no cache keeps."""
    assert status >= 400
    assert headers["Content-Type"] == "application/json"
    assert "no-store" in headers["Cache-Control"]
    body = json.loads(content)
    assert body.keys() == {"code", "message"} | EXTRAS.get(status, frozenset())
    assert isinstance(body["message"], str)
    assert body["message"]
    if status in CODES:
        assert body["code"] in CODES[status]
    else:
        assert body["code"] == status
    for told in body.get("fieldViolations", ()):
        assert told.keys() == {"field", "validation", "message"}
        assert all(isinstance(text, str) for text in told.values())
