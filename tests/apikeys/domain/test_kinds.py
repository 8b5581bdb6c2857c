"""Each kind of value takes its own and refuses what merely looks like it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apikeys.domain.attributes import ATTRIBUTES, Attribute
from apikeys.domain.kinds import (
    MAX_SAFE_INTEGER,
    Amount,
    BadValue,
    Choice,
    Count,
    Flag,
    Fraction,
    Instant,
    Items,
    Number,
    Span,
    Text,
)
from apikeys.domain.structures import Json, Record

GOOD: list[tuple[Any, object, object]] = [
    (Text(3), "abc", "abc"),
    (Text(3), "", ""),
    (Text(9), "e\u0301", "é"),
    (Text(9, multiline=True), "a\n\tb", "a\n\tb"),
    (Text(9, check=str.upper), "ab", "AB"),
    (Choice(("a", "b")), "b", "b"),
    (Flag(), False, False),
    (Count(1, 3), 3, 3),
    (Count(), MAX_SAFE_INTEGER, MAX_SAFE_INTEGER),
    (Fraction(), 1, 1.0),
    (Fraction(), 0.12345678, 0.123457),
    (Number(), 0, 0.0),
    (Span(60), 1.9, 1),
    (Span(60), 60, 60),
    (Amount(), "0.00250", "0.0025"),
    (Amount(), "10", "10"),
    (Amount(), "100.00", "100"),
    (Amount(), "0.00000001", "0.00000001"),
    (Instant(), "2030-01-31T12:00:00Z", datetime(2030, 1, 31, 12, tzinfo=UTC)),
    (Instant(), "2030-01-31t14:00:00.5+02:00", datetime(2030, 1, 31, 12, 0, 0, 500_000, UTC)),
    (Items(Count()), [3, 1, 3], (3, 1)),
    (Items(Text(9)), ("a",), ("a",)),
    (Json(99), [1, {"a": None}], [1, {"a": None}]),
    (Json(99), None, None),
    (Json(99, mapping=True), {}, {}),
    (Json(99), "a\n\tb", "a\n\tb"),
]
BAD: list[tuple[Any, object, str]] = [
    (Text(3), "abcd", "invalid_text"),
    (Text(3), 7, "not_text"),
    (Text(3), ["a"], "not_text"),
    (Text(3, min_length=1), "", "too_short"),
    (Text(9), "a\0", "invalid_text"),
    (Text(9), "a\nb", "invalid_text"),
    (Text(9), "a\u202eb", "invalid_text"),
    (Text(9), "\ud800", "invalid_text"),
    (Choice(("a",)), "A", "unknown_choice"),
    (Choice(("a",)), 1, "unknown_choice"),
    (Choice(("a",)), ["a"], "unknown_choice"),
    (Flag(), 1, "not_boolean"),
    (Flag(), "true", "not_boolean"),
    (Count(1, 3), 4, "out_of_range"),
    (Count(), -1, "out_of_range"),
    (Count(), MAX_SAFE_INTEGER + 1, "out_of_range"),
    (Count(), 10**400, "out_of_range"),
    (Count(), True, "not_integer"),
    (Count(), 1.0, "not_integer"),
    (Count(), "1", "not_integer"),
    (Fraction(), 1.01, "out_of_range"),
    (Fraction(), -0.1, "out_of_range"),
    (Fraction(), math.nan, "out_of_range"),
    (Fraction(), True, "not_number"),
    (Fraction(), "0.5", "not_number"),
    (Number(), -1, "out_of_range"),
    (Number(), math.inf, "out_of_range"),
    (Number(), "1", "not_number"),
    (Span(60), 0.5, "out_of_range"),
    (Span(60), 61, "out_of_range"),
    (Span(60), math.nan, "out_of_range"),
    (Span(60), True, "not_number"),
    (Amount(), 1, "not_decimal"),
    (Amount(), "1e3", "not_decimal"),
    (Amount(), "-1", "not_decimal"),
    (Amount(), "1.", "not_decimal"),
    (Amount(), "1\n", "not_decimal"),
    (Amount(), "\u0661", "not_decimal"),
    (Instant(), "2030-01-31T12:00:00", "not_time"),
    (Instant(), "2030-01-31", "not_time"),
    (Instant(), "2030-02-31T12:00:00Z", "not_time"),
    (Instant(), "2030-01-31T12:00:00+99:00", "not_time"),
    (Instant(), "1969-12-31T23:59:59Z", "out_of_range"),
    (Instant(), "0001-01-01T00:00:00+01:00", "out_of_range"),
    (Instant(), "9999-12-31T23:59:59-01:00", "out_of_range"),
    (Instant(), 1893456000, "not_time"),
    (Instant(), datetime(2030, 1, 31), "no_offset"),  # noqa: DTZ001 - that is the point
    (Items(Count()), "abc", "not_list"),
    (Items(Count()), {"a": 1}, "not_list"),
    (Items(Count(), 2), [1, 2, 3], "too_many"),
    (Json(9), "x" * 8, "too_long"),
    (Json(99, mapping=True), [], "not_object"),
    (Json(99, mapping=True), None, "not_object"),
    (Json(99), "\ud800", "invalid_text"),
    (Json(99), {"a\0": 1}, "invalid_text"),
    (Json(99), "a\x7f", "invalid_text"),
    (Json(99), {"a": "\x85"}, "invalid_text"),
    (Json(99), math.inf, "out_of_range"),
    (Json(99), 2**53, "out_of_range"),
    (Json(99), {1, 2}, "not_json"),
    (Json(999), [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]], "too_deep"),
]


@pytest.mark.parametrize(("kind", "value", "cleaned"), GOOD)
def test_a_good_value_becomes_canonical(kind: Any, value: object, cleaned: object) -> None:
    assert kind.clean(value) == cleaned
    assert type(kind.clean(value)) is type(cleaned)


@pytest.mark.parametrize(("kind", "value", "code"), BAD)
def test_a_bad_value_is_refused_with_its_code_and_a_sentence(
    kind: Any, value: object, code: str
) -> None:
    with pytest.raises(BadValue) as refusal:
        kind.clean(value)
    assert refusal.value.code == code
    assert refusal.value.detail.endswith(".")


def test_an_item_says_at_which_index_it_is_wrong() -> None:
    with pytest.raises(BadValue) as refusal:
        Items(Items(Count())).clean([[1], [2, "x"]])
    assert refusal.value.pointer == "/1/1"


def test_a_member_says_by_which_name_it_is_wrong() -> None:
    with pytest.raises(BadValue) as refusal:
        Record({"a": Items(Count())}, ("a",), dict).clean({"a": ["x"]})
    assert refusal.value.pointer == "/a/0"


def test_a_member_that_is_not_required_may_be_null_and_the_schema_says_so() -> None:
    record = Record({"a": Count(), "b": Choice(("x",))}, ("a",), dict)
    assert record.clean({"a": 1, "b": None}) == {"a": 1, "b": None}
    a, b = record.schema()["properties"].values()
    assert a == Count().schema()
    assert b == {"type": ["string", "null"], "enum": ["x", None]}


def test_times_come_out_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    cleaned = Instant().clean(datetime(2030, 1, 31, 21, tzinfo=tokyo))
    assert (cleaned.hour, cleaned.utcoffset()) == (12, timedelta(0))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@settings(max_examples=500)
@given(st.sampled_from(list(ATTRIBUTES.values())), json_values)
def test_whatever_json_is_given_an_attribute_cleans_or_refuses_it(
    attribute: Attribute, value: object
) -> None:
    try:
        once = attribute.clean(value)
    except BadValue:
        return
    assert attribute.clean(_again(once)) == once


def _again(cleaned: Any) -> Any:
    """A cleaned value as it would be sent back."""
    if isinstance(cleaned, tuple):
        return [getattr(item, "as_json", lambda item=item: item)() for item in cleaned]
    return cleaned


def test_every_kind_tells_its_schema() -> None:
    for attribute in ATTRIBUTES.values():
        assert isinstance(attribute.kind.schema(), dict)
        assert attribute.kind.label
