"""Cursors: where a list goes on, sealed so that a caller can neither read nor make one.

What a cursor was made for (the list, its filters, the caller) is bound as associated data: with
anything else it does not open.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apikeys.domain.errors import InvalidInput
from apikeys.domain.keyrings import KeyRing, Label, subkey

LIFE = timedelta(hours=24)
_NONCE_BYTES = 12
_CONTENT = struct.Struct(">qQ?")
_TEXT_LENGTH = len(base64.urlsafe_b64encode(bytes(_NONCE_BYTES + _CONTENT.size + 16)).rstrip(b"="))


@dataclass(frozen=True, slots=True)
class Position:
    """Beside which row a page lies: after it in the list's order, or before it."""

    pk: int
    is_before: bool = False


def seal(ring: KeyRing, binding: bytes, position: Position, now: datetime) -> str:
    """The cursor for `position`, base64url, good for 24 hours from `now`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    content = _CONTENT.pack(position.pk, int(now.timestamp()), position.is_before)
    sealed = AESGCM(subkey(ring.first, Label.CURSOR)).encrypt(nonce, content, binding)
    return _to_text(nonce + sealed)


def unseal(ring: KeyRing, binding: bytes, cursor: str, now: datetime) -> Position:
    """The position, or `InvalidInput` for a cursor that is altered, foreign or too old."""
    pk, issued_at, is_before = _CONTENT.unpack(_opened(ring, binding, _from_text(cursor)))
    if int(now.timestamp()) - issued_at > LIFE.total_seconds():
        raise _invalid()
    return Position(pk, is_before)


def _opened(ring: KeyRing, binding: bytes, sealed: bytes) -> bytes:
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    for root in ring.entries:
        try:
            return AESGCM(subkey(root, Label.CURSOR)).decrypt(nonce, ciphertext, binding)
        except InvalidTag:
            continue
    raise _invalid()


def _to_text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _from_text(cursor: str) -> bytes:
    if len(cursor) != _TEXT_LENGTH:
        raise _invalid()
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raise _invalid() from None
    # Python skips what is not base64 and ignores spare bits; a second spelling is not ours.
    if _to_text(sealed) != cursor:
        raise _invalid()
    return sealed


def _invalid() -> InvalidInput:
    return InvalidInput.at(
        "/cursor",
        "invalid_cursor",
        "The cursor is not valid here, or older than 24 hours. Start again from the first page.",
    )
