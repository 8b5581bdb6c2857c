"""A quick reader for plain bodies, which are nearly all: what it takes, it takes for sure.

It gives exactly what `strict_json.parse` would, or nothing; whatever it is not sure of is left to
that one, with its words for what is wrong.
"""

from __future__ import annotations

import json
from typing import Any

from apikeys.api.strict_json import INTEGER_MAX
from apikeys.domain.secret import Undisclosed

LENGTH_MAX = 4096
_OPENED_MAX = 8


def plain_object(body: bytes) -> Undisclosed | None:
    """The JSON object in the body; None unless it is a plain one.

    No backslash, so a quotation mark begins or ends a string, and twice the strings of the decoded
    object is their number unless a member came twice and one of the two was dropped. UTF-8 without
    escapes holds no lone surrogate, and Python's reader takes no raw control character.
    """
    if len(body) > LENGTH_MAX or b"\\" in body or not body.startswith(b"{"):
        return None
    if body.count(b"{") + body.count(b"[") > _OPENED_MAX:
        return None  # before the recursive reader sees it
    try:
        value = json.loads(body.decode())
    except ValueError:
        return None
    strings = _strings_in(value)
    if strings is None or body.count(b'"') != 2 * strings:
        return None
    return Undisclosed(value)


def _strings_in(value: Any) -> int | None:
    """How many strings the value consists of, names of members included; None if it is not plain.

    By exact types: a `bool` is an `int` to `isinstance`.
    """
    kind = type(value)
    if kind is str:
        return 1
    if kind is bool or value is None:
        return 0
    if kind is int:
        return 0 if -INTEGER_MAX <= value <= INTEGER_MAX else None
    if kind is dict:
        inside = _sum(value.values())
        return None if inside is None else inside + len(value)
    return _sum(value) if kind is list else None


def _sum(values: Any) -> int | None:
    total = 0
    for value in values:
        strings = _strings_in(value)
        if strings is None:
            return None
        total += strings
    return total
