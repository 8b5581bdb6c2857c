from __future__ import annotations

import pytest

from apikeys.domain.chosen import hash_chosen, verify_chosen
from apikeys.domain.secret import Secret


def test_the_secret_that_was_hashed_verifies() -> None:
    assert verify_chosen(Secret("correct horse"), hash_chosen(Secret("correct horse")))


@pytest.mark.parametrize("other", ["correct hors", "Correct horse", "correct horse ", ""])
def test_another_secret_does_not_verify(other: str) -> None:
    assert not verify_chosen(Secret(other), hash_chosen(Secret("correct horse")))


def test_the_stored_text_names_algorithm_and_cost() -> None:
    stored = hash_chosen(Secret("x"))

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(stored) <= 100


def test_equal_secrets_are_stored_differently() -> None:
    assert hash_chosen(Secret("x")) != hash_chosen(Secret("x"))


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$ü$ü"])
def test_stored_text_that_is_no_hash_matches_nothing(stored: str) -> None:
    assert not verify_chosen(Secret("x"), stored)


def test_the_stored_hash_is_not_a_credential() -> None:
    stored = hash_chosen(Secret("x"))

    assert not verify_chosen(Secret(stored), stored)


def test_secrets_with_surrogates_are_taken_without_an_error_that_quotes_them() -> None:
    assert verify_chosen(Secret("\ud800"), hash_chosen(Secret("\ud800")))
