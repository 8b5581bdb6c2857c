from __future__ import annotations

import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.secret import Secret, Undisclosed

PLAINTEXT = "ks_live_the-plaintext"


@dataclass(frozen=True)
class Carrier:
    name: str
    secret: Secret


@pytest.mark.parametrize(
    "shown",
    [
        str(Secret(PLAINTEXT)),
        repr(Secret(PLAINTEXT)),
        f"{Secret(PLAINTEXT)}",
        f"{Secret(PLAINTEXT)!r:>20}".strip(),
        f"{Secret(PLAINTEXT):>20}",
        "%s" % Secret(PLAINTEXT),  # noqa: UP031  # one of the ways out under test
        "{}".format(Secret(PLAINTEXT)),  # noqa: UP032  # one of the ways out under test
        json.dumps(Secret(PLAINTEXT), default=str).strip('"'),
    ],
)
def test_every_implicit_text_of_a_secret_is_the_mask(shown: str) -> None:
    assert shown == "***"


def test_a_dataclass_that_carries_a_secret_does_not_show_it() -> None:
    assert repr(Carrier("a", Secret(PLAINTEXT))) == "Carrier(name='a', secret=***)"


def test_a_dictionary_made_of_a_dataclass_does_not_show_the_secret() -> None:
    assert PLAINTEXT not in str(asdict(Carrier("a", Secret(PLAINTEXT))))


def test_only_reveal_gives_the_plaintext() -> None:
    assert Secret(PLAINTEXT).reveal() == PLAINTEXT


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_cannot_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Secret(PLAINTEXT), protocol)


def test_a_secret_is_not_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"secret": Secret(PLAINTEXT)})


def test_a_secret_has_no_dictionary_of_attributes() -> None:
    with pytest.raises(TypeError):
        vars(Secret(PLAINTEXT))


def test_a_secret_cannot_be_hashed() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Secret(PLAINTEXT))


def test_copies_of_a_secret_are_equal_to_it() -> None:
    secret = Secret(PLAINTEXT)

    assert copy.copy(secret) == secret
    assert copy.deepcopy(secret) == secret


@given(st.text(st.characters()), st.text(st.characters()))
def test_two_secrets_are_equal_exactly_when_their_plaintexts_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) is (one == other)


def test_a_secret_never_equals_a_plain_string() -> None:
    assert Secret(PLAINTEXT) != PLAINTEXT


def test_surrogates_can_be_compared_without_an_error_that_quotes_them() -> None:
    assert Secret("\ud800") == Secret("\ud800")


def test_the_length_is_that_of_the_plaintext() -> None:
    assert len(Secret("abc")) == 3


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("a")


def test_a_mapping_of_a_caller_prints_as_the_names_in_it() -> None:
    mapping = Undisclosed(name="x", secret=PLAINTEXT, nested={"secret": PLAINTEXT})
    shown = "Undisclosed(name, secret, nested)"
    assert (repr(mapping), str(mapping), f"{[mapping]}") == (shown, shown, f"[{shown}]")
    assert json.loads(json.dumps(mapping))["secret"] == PLAINTEXT
