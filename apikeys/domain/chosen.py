"""Secrets that people choose or bring, which may be guessable: argon2id, slow on purpose.

Parameters are the minimum of OWASP's ASVS 5 (appendix C): 2 passes, 19 MiB, 1 lane; about 20 ms
of one core. Minted secrets never come here, see `digests`.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from apikeys.domain.secret import Secret

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_chosen(secret: Secret) -> str:
    """The text to store (PHC form, with a random salt), at most 100 characters."""
    return _HASHER.hash(_bytes(secret))


def verify_chosen(secret: Secret, stored: str) -> bool:
    """Whether this secret made the stored text. Stored text that is no hash matches nothing."""
    try:
        return _HASHER.verify(stored, _bytes(secret))
    except (VerificationError, ValueError):
        return False


def _bytes(secret: Secret) -> bytes:
    # surrogatepass: an encoding error would quote the plaintext.
    return secret.reveal().encode("utf-8", "surrogatepass")
