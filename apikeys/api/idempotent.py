"""The `Idempotency-Key` field (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import re

from rest_framework.request import Request

from apikeys.domain.errors import InvalidInput
from apikeys.domain.minting import SCANNER_PATTERN

HEADER = "Idempotency-Key"
LENGTH_MAX = 257  # with the quotes
_QUOTED = re.compile(r'"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"')
_BARE = re.compile(r"[\x21\x23-\x2b\x2d-\x7e]{1,255}")

_SECRET = re.compile(SCANNER_PATTERN)  # keys are stored as they come

FORM = f"^({_QUOTED.pattern}|{_BARE.pattern})$"  # for the document


def idempotency_key(request: Request) -> str | None:
    """The key, as a structured string or bare; None when the field is absent."""
    field = request.headers.get(HEADER)
    if field is None:
        return None
    field = field.strip()
    if _SECRET.search(field):
        detail = "This is a secret. Send it as Authorization: Bearer, and replace it if it is real."
        raise InvalidInput.at(f"/{HEADER}", "credential_as_key", detail)
    quoted = _QUOTED.fullmatch(field)
    if quoted:
        return quoted[1]
    if _BARE.fullmatch(field):
        return field
    detail = 'Give 1 to 255 printable ASCII characters, best a UUID in quotes: "8e03978e-…".'
    raise InvalidInput.at(f"/{HEADER}", "invalid_idempotency_key", detail)
