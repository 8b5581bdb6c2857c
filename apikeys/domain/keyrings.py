"""Key rings: the root keys from which everything secret at rest is derived.

The first entry of a ring writes, all entries read. To rotate, put a new entry in front and keep
the old ones until nothing is stored under them any more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ENTRIES_MAX = 8
ROOT_KEY_BYTES_MIN = 32
DISTINCT_BYTES_MIN = 16

_ADVICE = "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes a good one."


class BadKey(ValueError):
    """A ring that cannot be read. The sentence names the entry by position, never by value."""


class WeakKey(ValueError):
    """An entry too short or too regular to be a random key."""


class Label(StrEnum):
    """What a subkey is for. Each label's keys are independent of every other's."""

    LOOKUP = "lookup"
    SEALING = "sealing"
    CURSOR = "cursor"
    AUDIT = "audit"
    DJANGO_SECRET = "django-secret"  # noqa: S105  # the name of a purpose


@dataclass(frozen=True, slots=True)
class RootKey:
    """One entry of a ring. The fingerprint (16 hex characters) names it without betraying it."""

    material: bytes = field(repr=False)
    fingerprint: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        mark = hmac.digest(self.material, b"keyservice/v1/fingerprint", hashlib.sha256)
        object.__setattr__(self, "fingerprint", mark[:8].hex())

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A RootKey cannot be pickled; read the ring from its setting instead.")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Between 1 and 8 different root keys, the writing one first; otherwise `BadKey`."""

    entries: tuple[RootKey, ...]

    def __post_init__(self) -> None:
        if not self.entries:
            raise BadKey(f"The key ring is empty; it needs at least one key. {_ADVICE}")
        if len(self.entries) > ENTRIES_MAX:
            raise BadKey(
                f"The key ring has {len(self.entries)} keys, at most {ENTRIES_MAX} are read; "
                "drop those under which nothing is stored any more."
            )
        _refuse_repetition(self.entries)

    @property
    def first(self) -> RootKey:
        """The entry that writes."""
        return self.entries[0]

    def get(self, fingerprint: str) -> RootKey | None:
        """The entry with this fingerprint, or None when it is not in the ring."""
        return next((entry for entry in self.entries if entry.fingerprint == fingerprint), None)


def parse_ring(text: str) -> KeyRing:
    """Read a ring: keys of at least 32 bytes in base64url or hex, between commas or whitespace.

    Raises `BadKey` or `WeakKey`, each with one sentence for the operator.
    """
    words = re.findall(r"[^,\s]+", text)
    return KeyRing(tuple(_parse_entry(word, position) for position, word in enumerate(words, 1)))


def new_root_key_text() -> str:
    """A fresh root key of 32 random bytes as base64url, ready to be put into a ring."""
    while True:
        text = secrets.token_urlsafe(ROOT_KEY_BYTES_MIN)
        # Once in 10^19 the text is all hex digits and would be read as such.
        if not _is_hex(text):
            return text


@lru_cache(maxsize=ENTRIES_MAX * len(Label) * 2)
def subkey(root: RootKey, label: Label) -> bytes:
    """32 bytes of HKDF-SHA-256 for one purpose (RFC 5869).

    The cache holds derived keys for the life of the process, just as the ring itself does.
    """
    info = f"keyservice/v1/{label.value}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(root.material)


def _parse_entry(word: str, position: int) -> RootKey:
    material = _decode(word, position)
    if len(material) < ROOT_KEY_BYTES_MIN:
        raise WeakKey(
            f"Key {position} of the ring has {len(material)} bytes, "
            f"it needs at least {ROOT_KEY_BYTES_MIN}. {_ADVICE}"
        )
    if len(set(material)) < DISTINCT_BYTES_MIN:
        raise WeakKey(f"Key {position} of the ring is too regular to be random. {_ADVICE}")
    return RootKey(material)


def _decode(word: str, position: int) -> bytes:
    # All hex digits are hex, even when too short: as base64url the same text would look longer.
    if _is_hex(word) and len(word) % 2 == 0:
        return bytes.fromhex(word)
    unpadded = word.rstrip("=")
    if re.fullmatch(r"[0-9A-Za-z_-]+", unpadded) and len(unpadded) % 4 != 1 and not _is_hex(word):
        return base64.urlsafe_b64decode(unpadded + "=" * (-len(unpadded) % 4))
    raise BadKey(f"Key {position} of the ring is neither base64url nor hex. {_ADVICE}")


def _is_hex(word: str) -> bool:
    return re.fullmatch(r"[0-9A-Fa-f]+", word) is not None


def _refuse_repetition(entries: tuple[RootKey, ...]) -> None:
    seen: dict[RootKey, int] = {}
    for position, entry in enumerate(entries, 1):
        if entry in seen:
            raise BadKey(
                f"Keys {seen[entry]} and {position} of the ring are the same; remove one of them."
            )
        seen[entry] = position
