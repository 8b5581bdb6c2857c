"""JSON pointers there and back, and faults under the names that the caller used."""

from __future__ import annotations

import pytest

from apikeys.api.pointers import parts, pointer, renamed
from apikeys.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("way", "text"),
    [([], ""), ([""], "/"), (["scopes", "0"], "/scopes/0"), (["a/b", "~1", "~"], "/a~1b/~01/~0")],
)
def test_there_and_back(way: list[str], text: str) -> None:
    assert pointer(*way) == text
    assert parts(text) == way


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("/hold", "/status"),
        ("/hold/0/a~1b", "/status/0/a~1b"),
        ("/name/hold", "/name/hold"),
        ("/holds", "/holds"),
        ("", ""),
    ],
)
def test_the_first_step_is_what_has_another_name(ours: str, theirs: str) -> None:
    with pytest.raises(InvalidInput) as caught, renamed({"hold": "status"}):
        raise InvalidInput.at(ours, "a_code", "A sentence.")
    assert caught.value.errors == InvalidInput.at(theirs, "a_code", "A sentence.").errors


def test_what_is_no_fault_of_the_input_passes() -> None:
    with pytest.raises(ValueError, match="hold"), renamed({"hold": "status"}):
        raise ValueError("hold")
