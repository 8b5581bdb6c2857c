"""Reports and questions of usage that are none."""

from __future__ import annotations

import json

from tests.hostile.case import KEY, KEYS, USAGE, Case, refused_fields

_OF_A_KEY = f"{KEYS}/{KEY}/usage"
_ATTEMPTS = f"{USAGE}/attempts"


def _asked(path: str, query: str, pointer: str, code: str) -> Case:
    title, errors = f"{path} ?{query[:100]}", ((pointer, code),)
    return Case(title, 400, "invalid_input", errors, method="GET", path=path, query=query)


def _told(title: str, events: object, code: str) -> Case:
    return refused_fields(f"usage: {title}", {"events": events}, ("/events", code), path=USAGE)


def _sent(title: str, body: bytes, pointer: str, code: str) -> Case:
    errors = ((pointer, code),)
    return Case(f"usage: {title}", 400, "invalid_input", errors, path=USAGE, body=body)


_EVENT = b'{"events": [{"event_id": "1", "key_id": "{key}", "status": 200, "latency_ms": %s}]}'
_SPANS = (
    ("from=2050-02-30T00:00:00Z", "/from", "not_time"),
    ("from=2026-01-01", "/from", "not_time"),
    ("from=1e9", "/from", "not_time"),
    ("from=", "/from", "empty_parameter"),
    ("from=%00", "/from", "invalid_characters"),
    ("from=2026-01-01T00:00:00Z&from=2026-01-01T00:00:00Z", "/from", "repeated_parameter"),
    ("from=0001-01-01T00:00:00Z", "/from", "out_of_range"),
    ("from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "/to", "empty_range"),
    ("from=9998-01-01T00:00:00Z", "/from", "empty_range"),
    ("from=1970-01-01T00:00:00Z&interval=hour", "/from", "range_too_long"),
    ("from=1970-01-01T00:00:00Z&to=9998-12-31T23:59:59Z", "/from", "range_too_long"),
    ("to=infinity", "/to", "not_time"),
    ("to=2026-01-01T00:00:00%2B99:99", "/to", "not_time"),
    ("interval=second", "/interval", "unknown_choice"),
    ("interval=DAY", "/interval", "unknown_choice"),
    ("interval[]=day", "/interval[]", "unknown_parameter"),
    ("since=2026-01-01T00:00:00Z", "/since", "unknown_parameter"),
    ("endpoint=%27%20OR%201=1--", "/endpoint", "unknown_parameter"),
    ("tenant=org_x", "/tenant", "unknown_parameter"),
)
_FILTERS = (
    ("reason=valid", "/reason", "invalid_choice"),
    ("reason=EXPIRED", "/reason", "invalid_choice"),
    ("reason=expired%2Crevoked", "/reason", "invalid_choice"),
    ("source=", "/source", "empty_parameter"),
    ("source=%00", "/source", "invalid_characters"),
    ("source=" + "s" * 513, "/source", "invalid_characters"),
    ("from=yesterday", "/from", "not_time"),
    ("to=2050-01-31", "/to", "not_time"),
    ("hour=2050-01-31T00:00:00Z", "/hour", "unknown_parameter"),
    ("tenant__name=a", "/tenant__name", "unknown_parameter"),
    ("tenant=%ED%A0%80", "/tenant", "invalid_characters"),
    ("limit=101", "/limit", "invalid_limit"),
    ("cursor=abc", "/cursor", "invalid_cursor"),
)

CASES = (
    *(_asked(_OF_A_KEY, *row) for row in _SPANS),
    *(_asked(_ATTEMPTS, *row) for row in _FILTERS),
    _told("no list", {"0": {}}, "not_list"),
    _told("a text", "events", "not_list"),
    _told("null", None, "not_list"),
    _told("nothing in the list", [], "too_few"),
    _told("one event too many", [0] * 1001, "too_many"),
    refused_fields("usage: no events", {"events_": []}, ("/events_", "unknown_field"), path=USAGE),
    refused_fields(
        "usage: for another tenant",
        {"events": [{}], "tenant": "org_x"},
        ("/tenant", "unknown_field"),
        path=USAGE,
    ),
    _sent("a list", b"[]", "", "not_an_object"),
    _sent("half an object", b'{"events": [', "", "malformed_json"),
    _sent("NaN", _EVENT % b"NaN", "/events/0/latency_ms", "not_a_number"),
    _sent("a float past infinity", _EVENT % b"1e400", "/events/0/latency_ms", "out_of_range"),
    _sent("a long integer", _EVENT % (b"9" * 400), "/events/0/latency_ms", "out_of_range"),
    _sent(
        "an escaped NUL",
        rb'{"events": [{"event_id": "\u0000"}]}',
        "/events/0/event_id",
        "invalid_characters",
    ),
    _sent(
        "a member twice",
        b'{"events": [{"event_id": "1", "event_id": "2"}]}',
        "/events/0/event_id",
        "duplicate_member",
    ),
    _sent("events of nothing", b'{"events": [' + b"{}," * 10_000 + b"{}]}", "", "too_many_values"),
    Case("usage: a body too large", 413, "body_too_large", path=USAGE, body=b"{" + b" " * 262_144),
    Case(
        "usage: nobody's key",
        404,
        "not_found",
        method="GET",
        path=f"{KEYS}/key_{'0' * 32}/usage",
    ),
    Case(
        "usage: of a form",
        415,
        "unsupported_media_type",
        path=USAGE,
        body=json.dumps({"events": []}).encode(),
        content_type="application/x-www-form-urlencoded",
    ),
    Case("usage: read", 405, "method_not_allowed", method="GET", path=USAGE),
    Case("usage: of a key, deleted", 405, "method_not_allowed", method="DELETE", path=_OF_A_KEY),
)
