"""What every route is asked that it must refuse, made out of a request that it would take."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tests.hostile.case import CANARY

WITH_BODY = ("POST", "PUT", "PATCH")

BAD = frozenset({400, 422})
TOO_LARGE, NOT_JSON, STRANGER, MISSING = (frozenset({it}) for it in (413, 415, 401, 404))
# An id that cannot be one is missing; some are caught before anybody looks for them.
NOBODYS = MISSING | BAD
# A member that its rule refuses, or whose value is an id of nothing.
UNFIT = BAD | {403, 404, 409}


@dataclass(frozen=True, slots=True)
class Order:
    """A request that is in order. `members` are those its body may have, `names` its query's.

    `places` are the addresses of the route with each of its parameters open: `/keys/{}`.
    `meets` says that it is about something which must be there.
    """

    method: str
    address: str
    body: Mapping[str, Any] | None
    members: tuple[tuple[str, ...], ...] = ()
    names: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()
    meets: bool = False
    is_open: bool = False

    @property
    def sent(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Hostile:
    """A request, and with which statuses it may be refused. A header that is None is left out.

    `may_pass`: it is none of the route's business, or happens to be in order. `unseen` must not
    come back.
    """

    title: str
    refused: frozenset[int]
    method: str
    address: str
    query: str = ""
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str | None] = field(default_factory=dict)
    environ: Mapping[str, Any] = field(default_factory=dict)
    may_pass: bool = False
    unseen: str = ""


def battery(order: Order) -> Iterator[Hostile]:
    """Everything that is tried on a route."""
    yield from _bodies(order)
    yield from _types(order)
    yield from _lengths(order)
    yield from _members(order)
    yield from _queries(order)
    yield from _credentials(order)
    yield from _strangers(order)
    yield from _ids(order)


_BODIES = {
    "half an object": b'{"name": "n"',
    "two objects": b"{}{}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "bytes that are no text": b'{"name": "\xff\xfe"}',
    "a raw NUL": b'{"name": "\x00"}',
    "an escaped NUL": rb'{"name": "a\u0000b"}',
    "NUL in the name of a member": rb'{"\u0000": 1}',
    "a lone surrogate": rb'{"name": "\ud800"}',
    "a surrogate in the name of a member": rb'{"\udfff": 1}',
    "a member twice": b'{"name": "n", "name": "m"}',
    "a member twice, deep inside": b'{"a": [{"b": 1, "b": 2}]}',
    "NaN": b'{"a": NaN}',
    "a float past infinity": b'{"a": 1e400}',
    "an integer of four hundred digits": b'{"a": 1' + b"0" * 400 + b"}",
    "nested five thousand levels": b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "ten thousand values": b'{"a": [' + b"0," * 10_000 + b"0]}",
    "a list": b"[]",
    "null": b"null",
    "a string": b'"name"',
}


def _bodies(order: Order) -> Iterator[Hostile]:
    """A method that says nothing of a body may take no notice of one."""
    reads = order.method in WITH_BODY
    for title, body in _BODIES.items():
        yield _of(order, f"body: {title}", BAD, body=body, may_pass=not reads)
    large = b'{"a": "' + b"a" * 300_000 + b'"}'
    yield _of(order, "body: 300 KB", TOO_LARGE, body=large, may_pass=not reads)
    if reads:
        members = {**(order.body or {}), "no_such_member": 1}
        sent = json.dumps(members).encode()
        yield _of(order, "a member nobody knows", BAD, body=sent, may_pass=True)


def _types(order: Order) -> Iterator[Hostile]:
    """The right words under a wrong name."""
    types = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "json")
    for content_type in types if order.method in WITH_BODY else ():
        body = order.sent or b"{}"
        yield _of(
            order, f"body of type {content_type}", NOT_JSON, body=body, content_type=content_type
        )


_CHUNKED: Mapping[str, Any] = MappingProxyType(
    {
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
)


def _lengths(order: Order) -> Iterator[Hostile]:
    """Bodies in chunks, of which nobody says how long they are."""
    for title, sent, refused in (
        ("that never come", b"", BAD),
        ("of half an object", b'{"a"', BAD),
        ("of 300 KB", b" " * 300_000, TOO_LARGE),
    ):
        stream = {"wsgi.input": io.BytesIO(sent), "wsgi.input_terminated": True}
        environ = {**_CHUNKED, **stream}
        if order.method in WITH_BODY:
            yield _of(order, f"chunks {title}", refused, environ=environ)
    if order.method in WITH_BODY:
        yield _of(order, "chunks without an end", frozenset({411}), environ=_CHUNKED)


_VALUES: tuple[object, ...] = (-1, {"a": [1]}, [[]], "a\u202eb")


def _members(order: Order) -> Iterator[Hostile]:
    """Each member that the document of the route names, with values that hardly any takes."""
    for place in order.members:
        for value in _VALUES:
            body = json.dumps(_with(order.body or {}, place, value)).encode()
            title = f"{'.'.join(place)}: {json.dumps(value)}"
            yield _of(order, title, UNFIT, body=body, may_pass=True)


def _with(body: Mapping[str, Any], place: tuple[str, ...], value: object) -> dict[str, Any]:
    name, *inside = place
    inner = _with(body.get(name) or {}, tuple(inside), value) if inside else value
    return {**body, name: inner}


def _queries(order: Order) -> Iterator[Hostile]:
    unfit = ("%zz", "%ED%A0%80", "q" * 600)
    wrong = [f"{name}={it}" for name in sorted(order.names)[:1] for it in unfit]
    wrong += [it.format(name) for name in sorted(order.names) for it in ("{0}=%00", "{0}=a&{0}=a")]
    unknown = ["no_such_parameter=1", "%00=1", "%zz=1", "a[$ne]=1"]
    many = "&".join(f"p{number}=1" for number in range(101))
    for query in (*unknown, many, *wrong):
        title = f"query: {query[:60]}"
        yield _of(order, title, BAD, query=query, body=order.sent, may_pass=order.is_open)


def _credentials(order: Order) -> Iterator[Hostile]:
    """A credential in the URL, whatever else is there."""
    for name in ("token", "API%5Fkey"):
        query = f"{name}={CANARY}"
        yield _of(order, f"query: {name}=", frozenset({400}), query=query, unseen=CANARY)
    title, address = "a secret in the path", f"{order.address}/{CANARY}"
    yield Hostile(title, frozenset({400}), order.method, address, unseen=CANARY)


def _strangers(order: Order) -> Iterator[Hostile]:
    """Credentials that open nothing, and hosts that are not ours."""
    for title, headers in {
        "no credential": {"Authorization": None},
        "an unknown secret": {"Authorization": f"Bearer {CANARY}"},
        "bytes for a secret": {"Authorization": None, "X-API-Key": "\xff\xfe"},
    }.items():
        yield _of(
            order,
            title,
            STRANGER,
            headers=headers,
            body=order.sent,
            may_pass=order.is_open,
            unseen=CANARY,
        )
    yield _of(
        order,
        "two credentials",
        frozenset({400, 401}),
        headers={"X-API-Key": CANARY},
        body=order.sent,
        may_pass=order.is_open,
        unseen=CANARY,
    )
    yield _of(order, "a host of others", BAD, headers={"Host": "evil.example"}, body=order.sent)


_IDS = (
    *("%00", "key_%00", "%ED%A0%80", "%FF%FE", "a%0D%0ASet-Cookie:%20a=b", "k" * 4000),
    *("..", "..%2F..%2Ftenants", "%E2%80%AE", "%27%20OR%201=1--", "-1", "9" * 40, "%zz"),
    *("%D9%A1", "KEY_" + "0" * 32, "key_" + "0" * 32 + "%0A", str(2**63)),
)
# What no rule lets through, wherever it stands. Bytes that are no text, Django reads as escapes.
_NO_TEXT = re.compile(r"%00|%0D|%0A|k{4000}")


def _ids(order: Order) -> Iterator[Hostile]:
    for place in order.places:
        for text in _IDS:
            may_pass = not (order.meets or _NO_TEXT.search(text))
            address = place.replace("{}", text)
            yield Hostile(
                f"id {text[:40]} in {place}",
                NOBODYS,
                order.method,
                address,
                body=order.sent,
                may_pass=may_pass,
            )


def _of(order: Order, title: str, refused: frozenset[int], **parts: Any) -> Hostile:
    return Hostile(title, refused, order.method, order.address, **parts)
