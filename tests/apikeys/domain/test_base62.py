from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain import base62


def decode(text: str) -> int:
    number = 0
    for character in text:
        number = number * 62 + base62.ALPHABET.index(character)
    return number


@given(st.integers(0, 2**256 - 1))
def test_encoding_keeps_every_bit_of_256(number: int) -> None:
    text = base62.encode(number, 43)

    assert len(text) == 43
    assert decode(text) == number


def test_small_numbers_are_padded_with_zeros_on_the_left() -> None:
    assert base62.encode(61, 4) == "000z"


@pytest.mark.parametrize("number", [-1, 62**2])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit into 2 base62 characters"):
        base62.encode(number, 2)


def test_the_greatest_number_that_fits_is_encoded() -> None:
    assert base62.encode(62**2 - 1, 2) == "zz"


def test_random_text_draws_from_the_whole_alphabet() -> None:
    assert set(base62.random_text(5000)) == set(base62.ALPHABET)
