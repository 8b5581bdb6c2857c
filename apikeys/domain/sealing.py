"""Reversible storage: AES-256-GCM under a key ring, `v1.<ring fingerprint>.<nonce and text>`.

The first entry of the ring seals, all open. Purpose and row are authenticated with the text, so
a sealed value moved to another row or column cannot be opened there.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from enum import StrEnum
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apikeys.domain.keyrings import KeyRing, Label, RootKey, subkey
from apikeys.domain.secret import Secret

VERSION = "v1"
NONCE_BYTES = 12

_FORM = re.compile(r"v1\.([0-9a-f]{16})\.([0-9A-Za-z_-]+)\Z")


class SealBroken(Exception):
    """Not ours, changed, moved, or sealed under a key that is not in the ring."""


class Purpose(StrEnum):
    """What a sealed value is for; one purpose never opens another's."""

    REVEAL = "reveal"
    RECOVERABLE = "recoverable"
    FINGERPRINT = "fingerprint"
    IDEMPOTENCY = "idempotency"
    SIGNING = "signing"


def seal(ring: KeyRing, purpose: Purpose, row: str, plaintext: bytes) -> str:
    """Seal under the ring's first entry. `row` names the place where the value will live."""
    nonce = token_bytes(NONCE_BYTES)
    ciphertext = _cipher(ring.first).encrypt(nonce, plaintext, _bound_to(purpose, row))
    packed = base64.urlsafe_b64encode(nonce + ciphertext).rstrip(b"=").decode("ascii")
    return f"{VERSION}.{ring.first.fingerprint}.{packed}"


def unseal(ring: KeyRing, purpose: Purpose, row: str, sealed: str) -> bytes:
    """Give the plaintext back, or raise `SealBroken`; never a part of it."""
    fingerprint, packed = _split(sealed)
    entry = ring.get(fingerprint)
    if entry is None:
        raise SealBroken(
            f"The value was sealed under root key {fingerprint}, which is not in the ring; "
            "put that key back behind the current one."
        )
    try:
        return _cipher(entry).decrypt(
            packed[:NONCE_BYTES], packed[NONCE_BYTES:], _bound_to(purpose, row)
        )
    except (InvalidTag, ValueError) as error:
        raise SealBroken("The sealed value was changed, or belongs to another place.") from error


def seal_secrets(ring: KeyRing, purpose: Purpose, row: str, secrets: Mapping[str, Secret]) -> str:
    """Several secrets, by name, as one sealed value."""
    plain = {name: secret.reveal() for name, secret in secrets.items()}
    return seal(ring, purpose, row, json.dumps(plain).encode())


def unseal_secrets(ring: KeyRing, purpose: Purpose, row: str, sealed: str) -> dict[str, Secret]:
    """What `seal_secrets` sealed, or `SealBroken`."""
    plain = json.loads(unseal(ring, purpose, row, sealed))
    return {name: Secret(value) for name, value in plain.items()}


def sealed_under(sealed: str) -> str:
    """The fingerprint of the ring entry that sealed this, without opening it."""
    return _split(sealed)[0]


def reseal(ring: KeyRing, purpose: Purpose, row: str, sealed: str) -> str:
    """The same plaintext in the same place, freshly sealed under the ring's first entry."""
    return seal(ring, purpose, row, unseal(ring, purpose, row, sealed))


def _cipher(entry: RootKey) -> AESGCM:
    return AESGCM(subkey(entry, Label.SEALING))


def _bound_to(purpose: Purpose, row: str) -> bytes:
    # Neither version nor purpose can contain the bar, so no two places read the same.
    return f"{VERSION}|{purpose.value}|{row}".encode()


def _split(sealed: str) -> tuple[str, bytes]:
    form = _FORM.match(sealed)
    if form is None:
        raise SealBroken("This is not a sealed value of ours.")
    fingerprint, text = form.groups()
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise SealBroken("The sealed value was cut or changed.") from error
    # The last character of base64 has spare bits; only one spelling of a value is accepted.
    if base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii") != text:
        raise SealBroken("The sealed value was cut or changed.")
    return fingerprint, packed
