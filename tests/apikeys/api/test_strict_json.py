"""What counts as JSON here."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.views import APIView

from apikeys.api.negotiation import FirstRenderer
from apikeys.api.strict_json import (
    BODY_LIMIT_BYTES,
    BULK_BODY_LIMIT_BYTES,
    BodyTooLarge,
    StrictJSONParser,
    json_object,
    parse,
)
from apikeys.domain.errors import FieldError, InvalidInput
from apikeys.domain.secret import Undisclosed


def refusal(body: bytes) -> FieldError:
    with pytest.raises(InvalidInput) as caught:
        parse(body)
    (error,) = caught.value.errors
    return error


def test_ordinary_json_is_read_as_python_reads_it() -> None:
    text = '{"a": [1, -2.5, true, null, "\\u00e9\\ud83d\\udd11"], "b": {}, "c": 9007199254740991}'
    assert parse(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"", "", "malformed_json"),
        (b"{", "", "malformed_json"),
        (b"{'a': 1}", "", "malformed_json"),
        (b'{"a": 1,}', "", "malformed_json"),
        (b'{"a": 01}', "", "malformed_json"),
        (b'{"a": 1} {}', "", "malformed_json"),
        (b'{"a": "line\nbreak"}', "", "malformed_json"),
        (b'{"a": "\xff"}', "", "malformed_json"),
        (b"\xef\xbb\xbf{}", "", "malformed_json"),
        ('{"a": 1}'.encode("utf-16"), "", "malformed_json"),
        (b'{"a": NaN}', "/a", "not_a_number"),
        (b'{"a": [0, -Infinity]}', "/a/1", "not_a_number"),
        (b'{"a": 1e400}', "/a", "out_of_range"),
        (b'{"a": -1e400}', "/a", "out_of_range"),
        (b'{"a": 0.' + b"1" * 200 + b"}", "/a", "out_of_range"),
        (b'{"a": 9007199254740992}', "/a", "out_of_range"),
        (b'{"a": -9007199254740992}', "/a", "out_of_range"),
        (b'{"a": {"b/c~d": 99999999999999999999}}', "/a/b~1c~0d", "out_of_range"),
        (b'{"a": 1, "a": 2}', "/a", "duplicate_member"),
        (b'{"x": [{"a": 1, "\\u0061": 1}]}', "/x/0/a", "duplicate_member"),
        (b'{"\\u0000": 1, "\\u0000": 2}', "", "duplicate_member"),
        (b'{"a": "\\u0000"}', "/a", "invalid_characters"),
        (b'{"a": ["\\ud800"]}', "/a/0", "invalid_characters"),
        (b'{"a": {"\\udfff": 1}}', "/a", "invalid_characters"),
        (b"NaN", "", "not_a_number"),
    ],
)
def test_what_others_would_read_differently_is_refused(
    body: bytes, pointer: str, code: str
) -> None:
    error = refusal(body)
    assert (error.pointer, error.code) == (pointer, code)


def test_twenty_levels_are_read_and_twenty_one_refused() -> None:
    assert parse(b"[" * 20 + b"]" * 20)
    assert refusal(b"[" * 21 + b"]" * 21).code == "too_deep"


def test_brackets_inside_strings_are_not_levels() -> None:
    assert parse(b'["' + b"[" * 50 + b'\\"{{{{", "\\\\"]')


def test_ten_thousand_values_are_read_and_one_more_refused() -> None:
    assert parse(b"[" + b",".join([b"0"] * 9_999) + b"]")
    assert refusal(b"[" + b",".join([b"0"] * 10_000) + b"]").code == "too_many_values"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * BULK_BODY_LIMIT_BYTES,
        b'{"a":' * (BULK_BODY_LIMIT_BYTES // 5),
        b"9" * BULK_BODY_LIMIT_BYTES,
        b"0." + b"9" * BULK_BODY_LIMIT_BYTES,
        b'"' * BULK_BODY_LIMIT_BYTES,
        b'"\\' * (BULK_BODY_LIMIT_BYTES // 2),
        b'"' + b'\\"' * (BULK_BODY_LIMIT_BYTES // 2),
        b"\\" * BULK_BODY_LIMIT_BYTES,
        b"," * BULK_BODY_LIMIT_BYTES,
    ],
)
def test_a_bomb_is_refused_in_no_time(body: bytes) -> None:
    started = time.process_time()
    refusal(body)
    assert time.process_time() - started < 0.25


def test_a_duplicate_is_found_among_thousands_of_members() -> None:
    members = ",".join(f'"m{number % 4000}":1' for number in range(4001))
    assert refusal(f"{{{members}}}".encode()).pointer == "/m0"


def test_the_error_never_quotes_the_body() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(b'{"secret": hunter2}')
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53 - 1), 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(values, st.booleans())
def test_whatever_python_writes_is_read_back(value: Any, ensure_ascii: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ensure_ascii).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_at_all_raise_anything_but_a_refusal(body: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        parse(body)


class BulkView(APIView):
    body_limit_bytes = BULK_BODY_LIMIT_BYTES


def read(body: bytes, view: APIView | None = None) -> dict[str, Any]:
    return StrictJSONParser().parse(io.BytesIO(body), "application/json", {"view": view})


def padded(size: int) -> bytes:
    return b"{" + b" " * (size - 2) + b"}"


def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_refused() -> None:
    assert read(padded(BODY_LIMIT_BYTES)) == {}
    with pytest.raises(BodyTooLarge):
        read(padded(BODY_LIMIT_BYTES + 1))


def test_a_view_may_take_more() -> None:
    assert read(padded(BULK_BODY_LIMIT_BYTES), BulkView()) == {}
    with pytest.raises(BodyTooLarge):
        read(padded(BULK_BODY_LIMIT_BYTES + 1), BulkView())


@pytest.mark.parametrize("came", [b"", b'{"grace_seconds"', b"{}"])
def test_a_body_that_broke_off_is_refused(came: bytes) -> None:
    request = Request(RequestFactory().post("/", CONTENT_LENGTH="21"))
    with pytest.raises(InvalidInput) as caught:
        StrictJSONParser().parse(io.BytesIO(came), parser_context={"request": request})
    assert [error.code for error in caught.value.errors] == ["malformed_json"]


def test_an_announced_size_beyond_the_limit_is_refused_unread() -> None:
    stream = io.BytesIO(b"{}")
    request = Request(RequestFactory().post("/", CONTENT_LENGTH=str(BODY_LIMIT_BYTES + 1)))
    with pytest.raises(BodyTooLarge):
        StrictJSONParser().parse(stream, "application/json", {"request": request})
    assert stream.tell() == 0


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null"])
def test_the_top_level_must_be_an_object(body: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(body)
    assert caught.value.errors[0].code == "not_an_object"


def drf_request(body: bytes, content_type: str) -> Request:
    plain = RequestFactory().post("/", body, content_type=content_type)
    return Request(plain, parsers=[StrictJSONParser()], negotiator=FirstRenderer())


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_an_empty_body_is_an_empty_object(content_type: str) -> None:
    data = json_object(drf_request(b"", content_type))
    assert type(data) is Undisclosed
    assert data == {}


def test_the_body_of_a_request_is_a_mapping_that_does_not_print() -> None:
    assert json_object(drf_request(b'{"a": 1}', "application/json; charset=utf-8")) == {"a": 1}


def test_the_limit_on_digits_of_python_itself_is_never_met() -> None:
    assert refusal(b"1" * (sys.get_int_max_str_digits() + 1)).code == "out_of_range"
