"""The fast lane and the long way give one answer to whatever they are asked: generated requests.

2,040 of them: bodies that are in order or nearly so, about keys of every kind, bodies that were
damaged, and header fields of all sorts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apikeys.domain.verdict import Verdict
from apikeys.operations.routines import Routines
from tests.apikeys.lane.servers import Asked, Servers

KEYS = (
    *("plain", "rich", "scoped", "tied", "for one origin", "for one domain", "for resources"),
    *("with a client secret", "limited", "test", "deprecated", "revoked", "disabled", "expired"),
    *("rotated", "of another tenant", "unknown", "mistyped", "empty"),
)
CALLERS = (
    *("root", "alice", "verifier", "reader", "charlie", "at home", "elsewhere", "standard"),
    "nobody",
)

many = settings(
    max_examples=510,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

words = st.lists(
    st.sampled_from(["a", "b:c", "b:*", "", "x" * 257, "ü", 'a"b', "a\\b"]), max_size=3
)
odd: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**54), 2**54),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)
MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "scopes": words,
    "permissions": st.lists(st.sampled_from(["read", "admin", "own"]), max_size=2),
    "resource": st.fixed_dictionaries(
        {"type": st.just("order"), "id": st.sampled_from(["7", "71", "8"])},
        optional={"operation": st.sampled_from(["read", "write", None])},
    ),
    "ip": st.sampled_from(["10.1.2.3", "192.0.2.1", "::ffff:10.0.0.1", "010.0.0.1", "x"]),
    "origin": st.sampled_from(["https://a.example", "https://b.example", "null"]),
    "domain": st.sampled_from(["a.example", "A.example", "b.example"]),
    "environment": st.sampled_from(["live", "test", "staging"]),
    "scheme": st.sampled_from(["https", "http", "ftp"]),
    "client_secret": st.text(max_size=5),
    "cost": st.integers(-1, 3),
    "endpoint": st.sampled_from(["/orders", "/orders?x=1", "x" * 129]),
    "lease": st.sampled_from([False, None, {"seconds": 0}, {"seconds": "1"}]),
    "explain": st.booleans(),
    "dry_run": st.booleans(),
    "no_such_member": odd,
}


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A verify of one of the keys; most members are as they should be."""
    names = draw(st.lists(st.sampled_from(sorted(MEMBERS)[:-1]), max_size=4, unique=True))
    asked = {name: draw(MEMBERS[name]) for name in names}
    if draw(st.integers(0, 9)) == 0:
        asked[draw(st.sampled_from(sorted(MEMBERS)))] = draw(odd)
    return {"secret": draw(st.sampled_from(KEYS)), **asked}


@st.composite
def writings(draw: st.DrawFn) -> Callable[[Any], bytes]:
    """A way to write JSON down."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:")]))
    ascii_only, indent = draw(st.booleans()), draw(st.sampled_from([None, None, 1]))

    def write(value: Any) -> bytes:
        text = json.dumps(value, separators=separators, ensure_ascii=ascii_only, indent=indent)
        return text.encode("utf-8", "surrogatepass")

    return write


FRAGMENTS = (
    *(b"", b"\\", b'"', b"\x00", b"\n", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\u0061"),
    *(b"{", b"}", b"[", b"]", b",", b":", b" ", b"null", b"NaN", b"-0", b"1e2", b"1.0", b"00"),
    *(
        b'"secret":"x",',
        b'"cost":9007199254740993,',
        b'"a":{"b":1,"b":1},',
        b'"lease":[[[[[[[]]]]]]],',
    ),
    *(
        b'"explain":true,',
        b'"secret":null,',
        b"/**/",
        b"'",
        b"\x7f",
        "ü".encode(),
        "\u2028".encode(),
    ),
)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "REQUEST_METHOD": st.sampled_from(["POST", "POST", "GET", "HEAD", "PATCH", "post", "OPTIONS"]),
    "QUERY_STRING": st.sampled_from(["", "", "a=b", "key=x", "%"]),
    "CONTENT_TYPE": st.sampled_from(
        [
            *("application/json", "application/json; charset=utf-8", "application/json;charset=x"),
            *("Application/JSON", "application/json, text/plain", "text/plain", "", None),
        ]
    ),
    "CONTENT_LENGTH": st.sampled_from(["", None, "0", "1", "4097", "-1", "1e3", "\u0663", " 90"]),
    "HTTP_HOST": st.sampled_from(
        ["localhost", "127.0.0.1:1", "[::1]:8000", "LOCALHOST", "evil.example", "a b", "", None]
    ),
    "HTTP_X_API_KEY": st.sampled_from(["", " ", "x", "eyJ.a.b", "\xfc"]),
    "HTTP_ORIGIN": st.sampled_from(["https://a.example", "null"]),
    "HTTP_X_FORWARDED_FOR": st.sampled_from(["192.0.2.1", "x", ""]),
    "HTTP_X_FORWARDED_HOST": st.sampled_from(["evil.example", "localhost"]),
    "HTTP_X_FORWARDED_PROTO": st.sampled_from(["https", "http"]),
    "HTTP_X_CLIENT_SECRET": st.sampled_from(["x", " ", "\xfc"]),
    "HTTP_CLIENT_CERT": st.sampled_from([":AAAA:", "x"]),
    "HTTP_SIGNATURE": st.just("sig=:AAAA:"),
    "HTTP_COOKIE": st.sampled_from(["sessionid=x", "a=b; c"]),
    "HTTP_TRANSFER_ENCODING": st.sampled_from(["chunked", "identity"]),
    "HTTP_ACCEPT": st.sampled_from(["text/html", "*/*", "application/xml"]),
    "HTTP_IDEMPOTENCY_KEY": st.sampled_from(["k", '"k"', ""]),
    "HTTP_IF_MATCH": st.sampled_from(['"v1"', "*"]),
    "HTTP_EXPECT": st.just("100-continue"),
    "HTTP_X_REQUEST_ID": st.sampled_from(["abcdefgh", "x", "a b c d e f g"]),
    "HTTP_REFERER": st.sampled_from(["https://a.example/?key=x", "x"]),
    "REMOTE_ADDR": st.sampled_from(["192.0.2.9", "::1", "127.0.0.1%lo", "", "x"]),
    "SCRIPT_NAME": st.just(""),
    "wsgi.url_scheme": st.sampled_from(["http", "https"]),
}
SCHEMES = ("Bearer {}", "bearer {}", "Bearer  {} ", "Basic {}", "{}", "Bearer\t{}", "Bearer {} x")


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    """Header fields that differ from ordinary ones in up to three places."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=3, unique=True))
    return {name: draw(FIELDS[name]) for name in names}


class Asking:
    """Puts requests together, and holds the servers to one answer."""

    def __init__(
        self, servers: Servers, callers: Mapping[str, str], keys: Mapping[str, str]
    ) -> None:
        self._servers, self._callers, self._keys = servers, callers, keys
        self._asked = 0
        self.repeated = 0  # answers from what was decided before

    def body(self, members: Mapping[str, Any], write: Callable[[Any], bytes]) -> bytes:
        """With the secret of the key that the body names."""
        return write({**members, "secret": self._keys.get(members["secret"], members["secret"])})

    def check(
        self, body: bytes, caller: str = "alice", form: str = "Bearer {}", **more: Any
    ) -> None:
        """The same from each of them; the view, which shares the lane's code, at times.

        The lane is asked twice: what it decided is kept, and what was kept answers the second time.
        """
        asked = Asked(body, {"HTTP_AUTHORIZATION": form.format(self._callers[caller]), **more})
        truth = self._servers.long_way(asked)
        assert self._servers.lane(asked) == truth
        assert self._servers.lane(asked) == truth
        self._asked += 1
        if self._asked % 4 == 0:
            assert self._servers.view(asked) == truth

    @property
    def taken(self) -> float:
        """The share that the lane answered by itself."""
        return 1 - self._servers.fell_through / (2 * self._asked)


@pytest.fixture
def asking(
    servers: Servers,
    callers: Mapping[str, str],
    keys: Mapping[str, str],
    remembering: Routines,
    monkeypatch: pytest.MonkeyPatch,
) -> Asking:
    asking, repeat = Asking(servers, callers, keys), remembering.repeat

    def counted(name: bytes, verdicts: list[Verdict]) -> None:
        repeat(name, verdicts)
        asking.repeated += len(verdicts) == 2

    monkeypatch.setattr(remembering, "repeat", counted)
    return asking


def test_bodies_about_keys_of_every_kind(asking: Asking) -> None:
    @many
    @given(members=bodies(), write=writings())
    def each(members: dict[str, Any], write: Callable[[Any], bytes]) -> None:
        asking.check(asking.body(members, write))

    each()
    assert asking.taken > 0.2
    assert asking.repeated > 50


def test_callers_of_every_kind(asking: Asking) -> None:
    @many
    @given(members=bodies(), caller=st.sampled_from(CALLERS), form=st.sampled_from(SCHEMES))
    def each(members: dict[str, Any], caller: str, form: str) -> None:
        asking.check(asking.body(members, _compact), caller, form)

    each()
    assert asking.taken > 0.1


def test_damaged_bodies(asking: Asking) -> None:
    @many
    @given(
        members=bodies(),
        write=writings(),
        cuts=st.lists(
            st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(FRAGMENTS)),
            min_size=1,
            max_size=2,
        ),
    )
    def each(
        members: dict[str, Any],
        write: Callable[[Any], bytes],
        cuts: list[tuple[float, int, bytes]],
    ) -> None:
        body = asking.body(members, write)
        for share, length, fragment in cuts:
            at = round(share * len(body))
            body = body[:at] + fragment + body[at + length :]
        asking.check(body)

    each()


def test_fields_of_all_sorts(asking: Asking) -> None:
    @many
    @given(members=bodies(), environ=fields())
    def each(members: dict[str, Any], environ: dict[str, Any]) -> None:
        asking.check(asking.body(members, _compact), **environ)

    each()
    assert asking.taken > 0.1


def _compact(value: Any) -> bytes:
    return json.dumps(value).encode()
