from __future__ import annotations

import base64
import pickle
import secrets

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.keyrings import (
    BadKey,
    KeyRing,
    Label,
    RootKey,
    WeakKey,
    new_root_key_text,
    parse_ring,
    subkey,
)

ONE = bytes(range(32))
TWO = bytes(range(100, 140))


def b64(material: bytes) -> str:
    return base64.urlsafe_b64encode(material).decode()


@pytest.mark.parametrize(
    "text",
    [
        b64(ONE),
        b64(ONE).rstrip("="),
        ONE.hex(),
        ONE.hex().upper(),
        f"  {ONE.hex()}\n",
        f",{ONE.hex()},",
    ],
)
def test_an_entry_is_base64url_with_or_without_padding_or_hex(text: str) -> None:
    assert parse_ring(text).first.material == ONE


@pytest.mark.parametrize("separator", [",", " ", "\n", ", ", "\r\n", ",\n\t"])
def test_entries_stand_between_commas_or_whitespace(separator: str) -> None:
    ring = parse_ring(ONE.hex() + separator + b64(TWO))

    assert [entry.material for entry in ring.entries] == [ONE, TWO]


def test_the_first_entry_writes() -> None:
    assert parse_ring(f"{TWO.hex()},{ONE.hex()}").first.material == TWO


def test_entries_are_found_by_fingerprint() -> None:
    ring = parse_ring(f"{ONE.hex()},{TWO.hex()}")

    assert ring.get(RootKey(TWO).fingerprint) == RootKey(TWO)
    assert ring.get("0" * 16) is None


def test_a_fingerprint_is_sixteen_hex_characters_and_stays_the_same_for_ever() -> None:
    assert RootKey(ONE).fingerprint == "84229d8382c43eda"


@pytest.mark.parametrize("text", ["", " ", "\n", ",", " , ,"])
def test_an_empty_ring_is_refused(text: str) -> None:
    with pytest.raises(BadKey, match="empty"):
        parse_ring(text)


def test_eight_entries_are_read_and_nine_refused() -> None:
    words = [new_root_key_text() for _ in range(9)]

    assert len(parse_ring(",".join(words[:8])).entries) == 8
    with pytest.raises(BadKey, match="9 keys, at most 8"):
        parse_ring(",".join(words))


def test_the_same_key_twice_is_refused_even_when_spelt_differently() -> None:
    with pytest.raises(BadKey, match="Keys 1 and 3 of the ring are the same"):
        parse_ring(f"{ONE.hex()},{TWO.hex()},{b64(ONE)}")


@pytest.mark.parametrize("length", [8, 16, 24, 31])
def test_fewer_than_32_bytes_are_refused(length: int) -> None:
    with pytest.raises(WeakKey, match=f"Key 1 of the ring has {length} bytes"):
        parse_ring(b64(ONE[:length]))


def test_short_hex_is_not_taken_for_longer_base64url() -> None:
    with pytest.raises(WeakKey, match="has 24 bytes"):
        parse_ring(ONE[:24].hex())


@pytest.mark.parametrize(
    "material", [b"\0" * 32, b"\xff" * 64, bytes(range(15)) * 4, b"0123456789abcde" * 3]
)
def test_material_too_regular_to_be_random_is_refused(material: bytes) -> None:
    with pytest.raises(WeakKey, match="too regular"):
        parse_ring(b64(material))


def test_sixteen_different_bytes_are_enough() -> None:
    assert parse_ring(b64(bytes(range(16)) * 2)).first.material == bytes(range(16)) * 2


@pytest.mark.parametrize(
    "word",
    [
        "not/base64url/" + "x" * 40,
        "umlaut-ü-" + "x" * 40,
        "x" * 45,
        "a" * 65,
        "=" * 44,
        "AB==" + "x" * 40,
        "\x00" * 40,
    ],
)
def test_what_is_neither_base64url_nor_hex_is_refused(word: str) -> None:
    with pytest.raises(BadKey, match="Key 2 of the ring is neither base64url nor hex"):
        parse_ring(f"{ONE.hex()} {word}")


@given(st.text(min_size=6, max_size=80))
def test_no_refusal_repeats_the_text_of_the_ring(text: str) -> None:
    try:
        parse_ring(f"{text}, {text}")
    except (BadKey, WeakKey) as error:
        told = f"{error!r} {error.__cause__!r} {error.__context__!r}"
        assert all(word not in told for word in text.replace(",", " ").split() if len(word) > 5)


def test_a_root_key_does_not_show_its_material() -> None:
    ring = KeyRing((RootKey(ONE),))

    assert repr(ring) == f"KeyRing(entries=(RootKey(fingerprint='{RootKey(ONE).fingerprint}'),))"


def test_a_root_key_cannot_be_pickled_into_a_cache() -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(RootKey(ONE))


def test_a_new_root_key_makes_a_ring_by_itself() -> None:
    assert len(parse_ring(new_root_key_text()).first.material) == 32


def test_a_new_root_key_is_drawn_again_when_it_would_read_as_hex(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = iter(["a" * 43, "z" * 43])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _size: next(drawn))

    assert new_root_key_text() == "z" * 43


def test_a_subkey_is_hkdf_sha256_with_its_label() -> None:
    expected = HKDF(SHA256(), 32, None, b"keyservice/v1/lookup").derive(ONE)

    assert subkey(RootKey(ONE), Label.LOOKUP) == expected


def test_subkeys_of_different_labels_and_roots_all_differ() -> None:
    subkeys = {subkey(RootKey(root), label) for root in (ONE, TWO) for label in Label}

    assert len(subkeys) == 2 * len(Label)
