"""The SHA-256 of a key's secrets, for surfaces that show it. It opens nothing here.

They are stored sealed, since a hash in clear would let whoever reads a dump confirm a guess.
"""

from __future__ import annotations

import hashlib

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.sealing import Purpose, unseal
from apikeys.models import ApiKey
from apikeys.operations.secrets import client_secret_place


def key_hash(key: ApiKey) -> str:
    """Of the current secret, 64 hex digits; of a root key, which people may choose, keyed ones.

    The SHA-256 of what somebody chose would let whoever reads it try words at full speed.
    """
    sha256 = unseal(ring(), Purpose.FINGERPRINT, key.public_id, key.current_secret.fingerprint)
    if key.is_root:
        sha256 = digests.digest(ring().first, hashlib.sha256(b"shown|" + sha256).digest())
    return sha256.hex()


def client_secret_hash(key: ApiKey) -> str | None:
    """Of the client secret, 64 hex digits; None if the key has none."""
    sealed = key.policy.client_secret_fingerprint
    if sealed is None:
        return None
    return unseal(ring(), Purpose.FINGERPRINT, client_secret_place(key), sealed).hex()
