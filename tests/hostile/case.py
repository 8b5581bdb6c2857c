"""What a row of the tables says: a request that must be refused, and exactly how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

KEYS = "/api/v1/api_keys"
VERIFY = f"{KEYS}/verify"
TENANTS = "/api/v1/tenants"
AUDIT = "/api/v1/audit_events"
USAGE = "/api/v1/usage"

#: Stand for the ids of a key and a tenant of the test, wherever they are written in a row.
KEY, TENANT = "{key}", "{tenant}"

#: Of our published pattern, and in no database.
CANARY = "ks_live_" + "0a" * 24 + "z"

Errors = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile request and its answer: status, code, and pointer and code of each bad field.

    `query` is sent as it is. A header that is None is left out; without one of its own, a request
    carries the root key. `unseen` must not come back, in the answer or in the log.
    """

    title: str
    status: int
    code: str
    errors: Errors = ()
    method: str = "POST"
    path: str = KEYS
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    content_type: str = "application/json"
    unseen: str = ""


def refused_fields(
    title: str,
    members: Mapping[str, object],
    *errors: tuple[str, str],
    method: str = "POST",
    path: str = KEYS,
) -> Case:
    """A body of which just these fields are refused."""
    body = json.dumps(members).encode()
    return Case(title, 400, "invalid_input", errors, method, path, body=body)
