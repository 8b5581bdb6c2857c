"""If-Match, from the field to the expected version."""

from __future__ import annotations

import time

import pytest
from django.test import RequestFactory

from apikeys.api.preconditions import NO_VERSION, etag_of, expected_version
from apikeys.domain.errors import InvalidInput


def expected(field: str) -> int | None:
    return expected_version(RequestFactory().patch("/", HTTP_IF_MATCH=field))


def test_the_tag_of_an_answer_is_accepted_back() -> None:
    assert expected(etag_of(7)) == 7


def test_without_the_field_or_with_a_star_any_version_will_do() -> None:
    assert expected_version(RequestFactory().patch("/")) is None
    assert expected("*") is None


def test_of_a_list_the_newest_counts() -> None:
    assert expected('"v3", "v12","v9"') == 12


@pytest.mark.parametrize("field", ['W/"v7"', '"7"', '"v0"', '"v07"', '""', '"abc", W/"v1"'])
def test_weak_and_foreign_tags_match_nothing(field: str) -> None:
    assert expected(field) == NO_VERSION


def test_a_weak_tag_in_a_list_spoils_no_strong_one() -> None:
    assert expected('W/"v9", "v3"') == 3


@pytest.mark.parametrize(
    "field", ["", "7", "v7", '"v7', "'v7'", '"v7" "v8"', '"v7",', '*, "v7"', '"v7";', "x" * 600]
)
def test_anything_else_is_refused(field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        expected(field)
    assert caught.value.errors[0].pointer == "/If-Match"


@pytest.mark.parametrize("piece", ['"v1",', '"', 'W/"a" ', '"v1" ,'])
def test_a_long_field_takes_no_time(piece: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInput):
        expected(piece * 5_000)
    assert time.process_time() - started < 0.05
