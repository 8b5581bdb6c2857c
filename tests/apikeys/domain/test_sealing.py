from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.keyrings import KeyRing, Label, RootKey, subkey
from apikeys.domain.sealing import Purpose, SealBroken, reseal, seal, sealed_under, unseal

OLD = RootKey(bytes(range(32)))
NEW = RootKey(bytes(range(50, 82)))
RING = KeyRing((NEW, OLD))
ROW = "key_1/7"
PLAINTEXT = b"ks_live_plaintext"

PURPOSES = st.sampled_from(Purpose)


@given(PURPOSES, st.text(), st.binary(max_size=600))
def test_what_was_sealed_opens_in_its_own_place(
    purpose: Purpose, row: str, plaintext: bytes
) -> None:
    assert unseal(RING, purpose, row, seal(RING, purpose, row, plaintext)) == plaintext


def test_the_first_entry_seals_and_names_itself() -> None:
    sealed = seal(RING, Purpose.REVEAL, ROW, PLAINTEXT)

    assert sealed.startswith(f"v1.{NEW.fingerprint}.")
    assert sealed_under(sealed) == NEW.fingerprint


def test_every_entry_of_the_ring_opens() -> None:
    sealed = seal(KeyRing((OLD,)), Purpose.REVEAL, ROW, PLAINTEXT)

    assert unseal(RING, Purpose.REVEAL, ROW, sealed) == PLAINTEXT


def test_the_cipher_is_aes_256_gcm_under_the_sealing_key() -> None:
    sealed = seal(RING, Purpose.RECOVERABLE, ROW, PLAINTEXT)
    packed = sealed.rsplit(".")[2]
    raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    cipher = AESGCM(subkey(NEW, Label.SEALING))

    assert cipher.decrypt(raw[:12], raw[12:], b"v1|recoverable|key_1/7") == PLAINTEXT


def test_two_seals_of_the_same_plaintext_differ() -> None:
    seals = {seal(RING, Purpose.REVEAL, ROW, PLAINTEXT) for _ in range(100)}

    assert len(seals) == 100


@given(st.data())
def test_any_flipped_bit_breaks_the_seal(data: st.DataObject) -> None:
    sealed = bytearray(seal(RING, Purpose.REVEAL, ROW, PLAINTEXT), "ascii")
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << (bit % 8)

    with pytest.raises(SealBroken):
        unseal(RING, Purpose.REVEAL, ROW, sealed.decode("latin-1"))


@given(st.binary(max_size=5), st.data())
def test_any_flipped_bit_of_nonce_or_ciphertext_breaks_the_seal(
    plaintext: bytes, data: st.DataObject
) -> None:
    head, packed = seal(RING, Purpose.REVEAL, ROW, plaintext).rsplit(".", 1)
    raw = bytearray(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << (bit % 8)
    changed = f"{head}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"

    with pytest.raises(SealBroken):
        unseal(RING, Purpose.REVEAL, ROW, changed)


def test_any_truncation_breaks_the_seal() -> None:
    sealed = seal(RING, Purpose.REVEAL, ROW, PLAINTEXT)

    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            unseal(RING, Purpose.REVEAL, ROW, sealed[:length])


@pytest.mark.parametrize("addition", ["A", "=", "\n", " ", ".", "AAAA"])
def test_anything_added_breaks_the_seal(addition: str) -> None:
    sealed = seal(RING, Purpose.REVEAL, ROW, PLAINTEXT)

    with pytest.raises(SealBroken):
        unseal(RING, Purpose.REVEAL, ROW, sealed + addition)


@given(st.text())
def test_no_foreign_text_opens(text: str) -> None:
    with pytest.raises(SealBroken):
        unseal(RING, Purpose.REVEAL, ROW, text)


@given(st.text(), st.text())
def test_a_seal_opens_in_no_other_row(row: str, other: str) -> None:
    sealed = seal(RING, Purpose.REVEAL, row, PLAINTEXT)

    if row != other:
        with pytest.raises(SealBroken):
            unseal(RING, Purpose.REVEAL, other, sealed)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("other", Purpose)
def test_a_seal_opens_for_no_other_purpose(purpose: Purpose, other: Purpose) -> None:
    sealed = seal(RING, purpose, ROW, PLAINTEXT)

    if purpose != other:
        with pytest.raises(SealBroken):
            unseal(RING, other, ROW, sealed)


def test_a_seal_relabelled_with_another_entry_of_the_ring_does_not_open() -> None:
    sealed = seal(RING, Purpose.REVEAL, ROW, PLAINTEXT)

    with pytest.raises(SealBroken):
        unseal(RING, Purpose.REVEAL, ROW, sealed.replace(NEW.fingerprint, OLD.fingerprint))


def test_a_key_missing_from_the_ring_is_named_with_what_to_do() -> None:
    sealed = seal(KeyRing((OLD,)), Purpose.REVEAL, ROW, PLAINTEXT)

    with pytest.raises(SealBroken, match=f"{OLD.fingerprint}, which is not in the ring; put"):
        unseal(KeyRing((NEW,)), Purpose.REVEAL, ROW, sealed)


def test_resealing_keeps_the_plaintext_and_changes_key_and_ciphertext() -> None:
    sealed = seal(KeyRing((OLD,)), Purpose.RECOVERABLE, ROW, PLAINTEXT)

    again = reseal(RING, Purpose.RECOVERABLE, ROW, sealed)

    assert sealed_under(again) == NEW.fingerprint
    assert again.rsplit(".", 1)[1] != sealed.rsplit(".", 1)[1]
    assert unseal(RING, Purpose.RECOVERABLE, ROW, again) == PLAINTEXT


def test_the_key_of_a_foreign_text_cannot_be_told() -> None:
    with pytest.raises(SealBroken, match="not a sealed value of ours"):
        sealed_under("v2.0000000000000000.AAAA")
