"""What is stored of a secret: `HMAC-SHA-256(lookup key of a ring entry, SHA-256(plaintext))`.

A fast hash is right here because our secrets have 256 random bits. The keyed outer step makes a
stolen dump useless for confirming leaked or imported secrets; the plain inner step lets SHA-256
hashes made elsewhere be taken over without their plaintexts.
"""

from __future__ import annotations

import hashlib
import hmac

from apikeys.domain.keyrings import KeyRing, Label, RootKey, subkey
from apikeys.domain.secret import Secret

SHA256_BYTES = 32


def fingerprint_of(secret: Secret) -> bytes:
    """SHA-256 of the plaintext in UTF-8: 32 bytes. Never stored in clear, never a credential."""
    # surrogatepass: an encoding error would quote the plaintext.
    return hashlib.sha256(secret.reveal().encode("utf-8", "surrogatepass")).digest()


def digest(entry: RootKey, sha256: bytes) -> bytes:
    """The 32 bytes to store for a fingerprint. Another length raises `ValueError`."""
    if len(sha256) != SHA256_BYTES:
        raise ValueError(f"A SHA-256 hash has 32 bytes, this one has {len(sha256)}.")
    return hmac.digest(subkey(entry, Label.LOOKUP), sha256, hashlib.sha256)


def candidates(ring: KeyRing, secret: Secret) -> tuple[tuple[str, bytes], ...]:
    """(ring fingerprint, digest) per entry of the ring, in its order: one query finds the row."""
    sha256 = fingerprint_of(secret)
    return tuple((entry.fingerprint, digest(entry, sha256)) for entry in ring.entries)
