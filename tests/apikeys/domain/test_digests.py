from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.digests import candidates, digest, fingerprint_of
from apikeys.domain.keyrings import KeyRing, Label, RootKey, subkey
from apikeys.domain.secret import Secret

OLD = RootKey(bytes(range(32)))
NEW = RootKey(bytes(range(50, 82)))


@given(st.text())
def test_the_fingerprint_is_sha256_of_the_plaintext_in_utf8(plaintext: str) -> None:
    expected = hashlib.sha256(plaintext.encode()).digest()

    assert fingerprint_of(Secret(plaintext)) == expected


def test_a_lone_surrogate_is_digested_without_an_error_that_quotes_it() -> None:
    assert len(fingerprint_of(Secret("\ud800"))) == 32


def test_the_digest_is_an_hmac_under_the_lookup_key() -> None:
    sha256 = hashlib.sha256(b"x").digest()

    assert digest(OLD, sha256) == hmac.digest(subkey(OLD, Label.LOOKUP), sha256, "sha256")


def test_candidates_are_one_digest_per_entry_in_the_order_of_the_ring() -> None:
    secret = Secret("ks_live_x")
    sha256 = fingerprint_of(secret)

    assert candidates(KeyRing((NEW, OLD)), secret) == (
        (NEW.fingerprint, digest(NEW, sha256)),
        (OLD.fingerprint, digest(OLD, sha256)),
    )


def test_a_stored_digest_or_fingerprint_presented_as_a_secret_finds_nothing() -> None:
    ring = KeyRing((NEW,))
    sha256 = fingerprint_of(Secret("ks_live_x"))
    stored = digest(NEW, sha256)

    presented = [stored.hex(), sha256.hex(), stored.decode("latin-1"), sha256.decode("latin-1")]

    assert all(candidates(ring, Secret(text))[0][1] != stored for text in presented)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_only_32_bytes_are_digested(length: int) -> None:
    with pytest.raises(ValueError, match=f"has 32 bytes, this one has {length}"):
        digest(NEW, b"x" * length)
