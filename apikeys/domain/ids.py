"""Opaque ids. Public: none of them is a secret, except the ticket.

After its prefix a secret always continues with its environment (`minting`), an id never does: in
a log the two cannot be confused.
"""

from __future__ import annotations

import random
import secrets

from apikeys.domain import base62


def new_key_id() -> str:
    """`key_` + 32 hex characters: 128 random bits, in the form that Clerk shows as `ak_…`."""
    return "key_" + secrets.token_hex(16)


def new_tenant_id() -> str:
    """`org_` + 27 base62 characters: about 160 random bits, as wide as Clerk's."""
    return "org_" + base62.random_text(27)


def new_event_id() -> str:
    """`evt_` + 32 hex characters."""
    return "evt_" + secrets.token_hex(16)


def new_reservation_id() -> str:
    """`res_` + 32 hex characters."""
    return "res_" + secrets.token_hex(16)


def new_client_id() -> str:
    """`sc_` + 22 base62 characters: about 131 random bits."""
    return "sc_" + base62.random_text(22)


def new_number() -> int:
    """A random integer from 1 to 2^63 - 1, for dialects whose ids are numbers."""
    return secrets.randbelow(2**63 - 1) + 1


def new_request_id() -> str:
    """A random UUID: what an answer and its log lines have in common."""
    # Version 4 (RFC 9562) written out: every request has one, and `uuid4` takes thrice as long.
    # `os.urandom` gives up the GIL, and an id of a request need not be unguessable.
    text = random.randbytes(16).hex()  # noqa: S311
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def new_ticket() -> str:
    """43 URL-safe characters, 256 bits: who does not hold it cannot guess it."""
    return secrets.token_urlsafe(32)
