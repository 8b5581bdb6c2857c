"""JSON as this service takes it: only what every implementation reads in the same way.

Python's own reader lets in duplicate members (the last wins, other readers take the first), NaN,
numbers of any size, NUL and lone surrogates (which no database stores), and it recurses as deep
as the text tells it to. All of that is refused here with the place where it was found.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.http import QueryDict
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apikeys.api.pointers import pointer
from apikeys.domain.errors import InvalidInput
from apikeys.domain.secret import Undisclosed
from apikeys.domain.text import is_storable

BODY_LIMIT_BYTES = 65_536
BULK_BODY_LIMIT_BYTES = 262_144
DEPTH_MAX = 20
NODES_MAX = 10_000
INTEGER_MAX = 2**53 - 1  # the last integer that a double holds exactly (RFC 8259, section 6)
_NUMBER_LENGTH_MAX = 100

# An unterminated string runs to the end, so that the scan never starts over: linear time.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


class BodyTooLarge(APIException):
    """The body has more bytes than the view takes."""

    status_code = 413
    default_code = "body_too_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The body must not be larger than {limit_bytes} bytes.")


class StrictJSONParser(BaseParser):
    """Reads a JSON object of at most the view's `body_limit_bytes` (default 64 KiB)."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The body as a dict. Raises `InvalidInput` or `BodyTooLarge`."""
        context = parser_context or {}
        limit = getattr(context.get("view"), "body_limit_bytes", BODY_LIMIT_BYTES)
        body = _read(stream, limit, _announced_length(context.get("request")))
        document = parse(body) if body else {}
        if not isinstance(document, dict):
            raise InvalidInput.at("", "not_an_object", "The body must be a JSON object.")
        return document


def json_object(request: Request) -> dict[str, Any]:
    """The body of a request as a plain dict, `{}` when there is none.

    DRF itself answers an empty body of a form's media type with a QueryDict, which serializers
    take for a form with every box left unticked.
    """
    data: Any = request.data
    return Undisclosed() if isinstance(data, QueryDict) else Undisclosed(data)


def parse(body: bytes) -> object:
    """The value that `body` denotes. Raises `InvalidInput` that names the place and the reason."""
    text = _decoded(body)
    _refuse_bombs(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        # Python's words for the error are fixed ones; they never quote the text.
        where = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"The body is not valid JSON: {error.msg} at {where}.") from None
    _refuse_flaws(value, "")
    return value


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Stands in for a value that cannot be taken, until its place in the document is known."""

    code: str
    detail: str
    member: tuple[str, ...] = ()


def _read(stream: IO[bytes], limit_bytes: int, announced_bytes: int) -> bytes:
    if announced_bytes > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    body = stream.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    if len(body) < announced_bytes:
        # Servers end their input when the caller goes away: half a body, or none, is no request.
        raise _malformed("The body ended before the length that was announced.")
    return body


def _announced_length(request: Request | None) -> int:
    length = "" if request is None else request.META.get("CONTENT_LENGTH") or ""
    return int(length) if re.fullmatch(r"[0-9]{1,18}", length) else 0


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput.at("", "malformed_json", detail)


def _decoded(body: bytes) -> str:
    if body.startswith(codecs.BOM_UTF8):
        raise _malformed("The body must not start with a byte order mark.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _malformed(f"The body is not UTF-8: bad byte at offset {error.start}.") from None


def _refuse_bombs(text: str) -> None:
    """Bound depth and number of values before the recursive reader sees the text."""
    skeleton = _STRING.sub("", text)
    depth = opened = 0
    for bracket in _BRACKET.findall(skeleton):
        is_opening = bracket in "[{"
        opened += is_opening
        depth += 1 if is_opening else -1
        if depth > DEPTH_MAX:
            raise InvalidInput.at(
                "", "too_deep", f"The body must not be nested deeper than {DEPTH_MAX} levels."
            )
    # Every value but the first follows a comma or is the first in an opened container.
    if skeleton.count(",") + opened + 1 > NODES_MAX:
        raise InvalidInput.at(
            "", "too_many_values", f"The body must not hold more than {NODES_MAX} values."
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Flaw:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen and is_storable(name):
            return _Flaw("duplicate_member", "This member is given twice.", (name,))
        seen.add(name)
    return _Flaw("duplicate_member", "A member of this object is given twice.")


def _integer(digits: str) -> int | _Flaw:
    # Judged by length first: turning thousands of digits into an int takes quadratic time.
    if len(digits) <= len(str(-INTEGER_MAX)):
        value = int(digits)
        if abs(value) <= INTEGER_MAX:
            return value
    return _Flaw("out_of_range", "Integers must lie between -(2^53 - 1) and 2^53 - 1.")


def _float(digits: str) -> float | _Flaw:
    if len(digits) <= _NUMBER_LENGTH_MAX:
        value = float(digits)
        if math.isfinite(value):
            return value
    return _Flaw("out_of_range", "This number is too large or has too many digits.")


def _constant(name: str) -> _Flaw:
    return _Flaw("not_a_number", f"{name} is not a JSON value.")


def _refuse_flaws(value: object, at: str) -> None:
    match value:
        case _Flaw():
            raise InvalidInput.at(at + pointer(*value.member), value.code, value.detail)
        case str():
            _refuse_unstorable(value, at, "This text")
        case list():
            for index, item in enumerate(value):
                _refuse_flaws(item, f"{at}/{index}")
        case dict():
            for name, item in value.items():
                _refuse_unstorable(name, at, "The name of a member")
                _refuse_flaws(item, at + pointer(name))


def _refuse_unstorable(text: str, at: str, subject: str) -> None:
    if not is_storable(text):
        detail = f"{subject} contains NUL or a lone surrogate."
        raise InvalidInput.at(at, "invalid_characters", detail)
