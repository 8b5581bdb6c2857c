from __future__ import annotations

import math
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain import base62, minting

PREFIXES = st.from_regex(r"[a-z][a-z0-9]{1,11}", fullmatch=True)
ENVIRONMENTS = st.sampled_from(minting.ENVIRONMENTS)

# A fixed secret of 256 zero bits: its checksum pins the format across releases.
KNOWN = "ks_live_" + "0" * 43 + "28nLI8"


@given(PREFIXES, ENVIRONMENTS)
def test_a_minted_secret_has_the_published_form_and_a_right_checksum(
    prefix: str, environment: str
) -> None:
    plaintext = minting.mint(prefix, environment).reveal()

    assert plaintext.startswith(f"{prefix}_{environment}_")
    assert len(plaintext) == len(prefix) + 1 + 4 + 1 + 43 + 6
    assert minting.has_our_shape(plaintext)
    assert minting.checksum_holds(plaintext)
    assert not minting.is_malformed(plaintext)


def test_the_checksum_of_a_known_secret_stays_the_same_for_ever() -> None:
    assert minting.checksum_holds(KNOWN)


def test_no_two_secrets_are_the_same() -> None:
    plaintexts = {minting.mint("ks", "live").reveal() for _ in range(500)}

    assert len(plaintexts) == 500


@pytest.mark.parametrize(
    "prefix", ["", "k", "Ks", "1ks", "k-s", "k_s", "ks ", "ks\n", "kś", "a" * 13]
)
def test_a_prefix_outside_the_rule_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="2 to 12 characters"):
        minting.mint(prefix, "live")


@pytest.mark.parametrize("environment", ["", "prod", "Live", "live_"])
def test_an_environment_other_than_live_or_test_is_refused(environment: str) -> None:
    with pytest.raises(ValueError, match="live or test"):
        minting.mint("ks", environment)


@given(PREFIXES, ENVIRONMENTS, st.data())
def test_every_single_changed_character_of_the_random_part_or_checksum_is_caught(
    prefix: str, environment: str, data: st.DataObject
) -> None:
    plaintext = minting.mint(prefix, environment).reveal()
    place = data.draw(st.integers(len(prefix) + 6, len(plaintext) - 1))
    other = data.draw(st.sampled_from(base62.ALPHABET.replace(plaintext[place], "")))

    changed = plaintext[:place] + other + plaintext[place + 1 :]

    assert minting.has_our_shape(changed)
    assert minting.is_malformed(changed)


def test_a_changed_prefix_or_environment_is_caught_too() -> None:
    assert minting.is_malformed(KNOWN.replace("ks_", "kt_"))
    assert minting.is_malformed(KNOWN.replace("_live_", "_test_"))


def test_random_text_of_our_shape_is_refused() -> None:
    lookalikes = ["ks_live_" + base62.random_text(49) for _ in range(2000)]

    assert all(minting.is_malformed(text) for text in lookalikes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 513,
        "a\x00b",
        "a\nb",
        "a\tb",
        "\x7f",
        "\u200b",
        "\ud800",
        KNOWN[:-1] + "0",
        KNOWN + "\n",
    ],
)
def test_what_no_key_can_have_is_malformed(text: str) -> None:
    assert minting.is_malformed(text)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a" * 512,
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "a plaintext with spaces",
        "pässwörd",
        KNOWN[:-1],
        KNOWN + "0",
        KNOWN.replace("ks_", "KS_"),
        KNOWN.replace("live", "prod"),
    ],
)
def test_secrets_of_other_shapes_are_looked_up_like_any(text: str) -> None:
    assert not minting.is_malformed(text)


def test_text_of_another_shape_has_no_checksum() -> None:
    assert not minting.checksum_holds("")
    assert not minting.checksum_holds("pässwörd")


def test_people_see_the_first_ten_and_the_last_four_characters() -> None:
    assert minting.visible_prefix(KNOWN) == "ks_live_00"
    assert minting.hint(KNOWN) == "nLI8"


@given(PREFIXES, ENVIRONMENTS)
def test_what_people_see_leaves_at_least_128_bits_hidden(prefix: str, environment: str) -> None:
    plaintext = minting.mint(prefix, environment).reveal()
    before_random_part = len(prefix) + 6
    shown = max(0, len(minting.visible_prefix(plaintext)) - before_random_part)
    shown += len(minting.hint(plaintext))

    assert minting.SECRET_BITS - shown * math.log2(62) >= 128


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        'curl -H "Authorization: Bearer {}"',
        "KEY={}\n",
        '{{"log": "first\\n{}"}}',
        "https://example.com/?a={}&b=1",
        "my_{}.",
    ],
)
def test_the_scanner_pattern_finds_a_secret_inside_text(text: str) -> None:
    found = re.search(minting.SCANNER_PATTERN, text.format(KNOWN))

    assert found is not None
    assert found.group().endswith(KNOWN)


def test_the_scanner_pattern_passes_over_longer_words() -> None:
    assert re.search(minting.SCANNER_PATTERN, KNOWN + "0") is None


@pytest.mark.parametrize(
    "hostile",
    ["a" * 10_000, "a1" * 5_000, "ks_live_" * 1_250, "ks_live_" + "0" * 10_000, "_" * 10_000],
)
@pytest.mark.parametrize("pattern", [minting.SCANNER_PATTERN, minting.PATTERN.pattern])
def test_no_text_makes_the_patterns_slow(pattern: str, hostile: str) -> None:
    started = time.process_time()

    re.search(pattern, hostile)

    assert time.process_time() - started < 0.05
