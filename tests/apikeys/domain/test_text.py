"""The contract's rule for strings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.text import clean_text, is_storable


def test_ordinary_text_of_any_script_is_kept() -> None:
    for name in ("Billing", "Ünïcode", "鍵", "مفتاح", "👩\u200d🔧 tools", ""):
        assert clean_text(name, max_length=100) == name


def test_a_decomposed_name_is_stored_composed() -> None:
    assert clean_text("Cafe\u0301", max_length=100) == "Café"


def test_data_of_others_is_never_normalised() -> None:
    assert clean_text("Cafe\u0301", max_length=100, normalise=False) == "Cafe\u0301"


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x85", "\r", "\n", "\t"])
def test_a_control_character_is_refused_and_named(character: str) -> None:
    with pytest.raises(ValueError, match=rf"control character U\+{ord(character):04X}"):
        clean_text(f"a{character}b", max_length=100)


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\u2028"])
def test_what_hides_in_a_name_is_refused(character: str) -> None:
    with pytest.raises(ValueError, match="character 2"):
        clean_text(f"a{character}b", max_length=100)


def test_a_lone_surrogate_is_refused_even_in_data() -> None:
    with pytest.raises(ValueError, match=r"lone surrogate U\+D800"):
        clean_text("\ud800", max_length=100, normalise=False)


def test_data_may_hold_invisible_formatting() -> None:
    assert clean_text("a\u200cb", max_length=3, normalise=False) == "a\u200cb"


def test_only_multiline_text_may_hold_line_feeds_and_tabs() -> None:
    assert clean_text("one\n\ttwo", max_length=100, multiline=True) == "one\n\ttwo"
    with pytest.raises(ValueError, match=r"U\+000D"):
        clean_text("one\r\ntwo", max_length=100, multiline=True)


def test_the_length_is_counted_in_code_points() -> None:
    assert clean_text("鍵" * 5, max_length=5) == "鍵" * 5
    with pytest.raises(ValueError, match="longer than 5"):
        clean_text("鍵" * 6, max_length=5)


def test_text_that_grows_when_composed_is_measured_again() -> None:
    assert len("\u0958") == 1  # NFC writes it as two code points
    with pytest.raises(ValueError, match="longer than 1"):
        clean_text("\u0958", max_length=1)


@given(st.text(st.characters(codec=None), max_size=40))
def test_cleaning_is_idempotent_and_what_it_returns_is_storable(text: str) -> None:
    try:
        cleaned = clean_text(text, max_length=200)
    except ValueError:
        return
    assert clean_text(cleaned, max_length=200) == cleaned
    assert is_storable(cleaned)


def test_nul_and_lone_surrogates_are_not_storable() -> None:
    assert is_storable("fine\n")
    assert not is_storable("a\0b")
    assert not is_storable("\udcff")
