"""Bodies that are no JSON object of ours, whatever is in them."""

from __future__ import annotations

from tests.hostile.case import KEY, KEYS, TENANTS, VERIFY, Case

_FORM = "application/x-www-form-urlencoded"


def _bad(title: str, body: bytes, code: str, pointer: str = "", path: str = KEYS) -> Case:
    return Case(title, 400, "invalid_input", ((pointer, code),), path=path, body=body)


def _nested(depth: int) -> bytes:
    return b'{"name": "n", "claims": ' + b"[" * depth + b"]" * depth + b"}"


def _sized(size: int) -> bytes:
    return b'{"name": "n", "description": "' + b"d" * (size - 32) + b'"}'


def _large(path: str, size: int, title: str = "a body a byte too large") -> Case:
    return Case(f"{title} for {path}", 413, "body_too_large", path=path, body=b"{" + b" " * size)


def _of_type(content_type: str, body: bytes = b'{"name": "n"}') -> Case:
    title = f"a body of type {content_type!r}: {body[:20]!r}"
    return Case(title, 415, "unsupported_media_type", body=body, content_type=content_type)


CASES = (
    _bad("a list", b"[]", "not_an_object"),
    _bad("a list of objects", b'[{"name": "n"}]', "not_an_object"),
    _bad("null", b"null", "not_an_object"),
    _bad("a string", b'"name"', "not_an_object"),
    _bad("a number", b"1", "not_an_object"),
    _bad("true", b"true", "not_an_object"),
    _bad("white space only", b"   ", "malformed_json"),
    _bad("half an object", b'{"name": "n"', "malformed_json"),
    _bad("an unterminated string", b'{"name": "n', "malformed_json"),
    _bad("a comma too many", b'{"name": "n",}', "malformed_json"),
    _bad("single quotes", b"{'name': 'n'}", "malformed_json"),
    _bad("a name without quotes", b'{name: "n"}', "malformed_json"),
    _bad("a comment", b'{"name": "n" /* ! */}', "malformed_json"),
    _bad("two objects", b'{"name": "n"}{"name": "m"}', "malformed_json"),
    _bad("something behind the object", b'{"name": "n"}]', "malformed_json"),
    _bad("a raw line break in a string", b'{"name": "a\nb"}', "malformed_json"),
    _bad("a raw NUL in a string", b'{"name": "a\x00b"}', "malformed_json"),
    _bad("a NUL between values", b'{"name":\x00"n"}', "malformed_json"),
    _bad("an unknown escape", rb'{"name": "\x41"}', "malformed_json"),
    _bad("a short escape", rb'{"name": "\u12"}', "malformed_json"),
    _bad("a byte order mark", b'\xef\xbb\xbf{"name": "n"}', "malformed_json"),
    _bad("UTF-16", '{"name": "n"}'.encode("utf-16"), "malformed_json"),
    _bad("UTF-32", '{"name": "n"}'.encode("utf-32"), "malformed_json"),
    _bad("Latin-1", '{"name": "é"}'.encode("latin-1"), "malformed_json"),
    _bad("an overlong NUL", b'{"name": "\xc0\x80"}', "malformed_json"),
    _bad("a surrogate in UTF-8", b'{"name": "\xed\xa0\x80"}', "malformed_json"),
    _bad("beyond Unicode", b'{"name": "\xf4\x90\x80\x80"}', "malformed_json"),
    _bad("a leading zero", b'{"name": "n", "credits": 01}', "malformed_json"),
    _bad("a leading plus", b'{"name": "n", "credits": +1}', "malformed_json"),
    _bad("hexadecimal", b'{"name": "n", "credits": 0x10}', "malformed_json"),
    _bad("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "malformed_json"),
    _bad("XML", b"<name>n</name>", "malformed_json"),
    _bad("a form under the name of JSON", b"name=n", "malformed_json"),
    _bad("a member twice", b'{"name": "n", "name": "m"}', "duplicate_member", "/name"),
    _bad(
        "a member twice, once escaped",
        rb'{"name": "n", "\u006eame": "m"}',
        "duplicate_member",
        "/name",
    ),
    _bad(
        "a member twice, deep inside",
        b'{"name": "n", "metadata": {"a": [{"b": 1, "b": 2}]}}',
        "duplicate_member",
        "/metadata/a/0/b",
    ),
    _bad("NaN", b'{"name": "n", "credits": NaN}', "not_a_number", "/credits"),
    _bad("infinity", b'{"name": "n", "credits": Infinity}', "not_a_number", "/credits"),
    _bad("minus infinity", b'{"name": "n", "claims": [-Infinity]}', "not_a_number", "/claims/0"),
    _bad("a float past infinity", b'{"name": "n", "claims": 1e400}', "out_of_range", "/claims"),
    _bad(
        "an integer past 2^53",
        b'{"name": "n", "claims": 9007199254740992}',
        "out_of_range",
        "/claims",
    ),
    _bad(
        "an integer of five thousand digits",
        b'{"name": "n", "claims": ' + b"9" * 5000 + b"}",
        "out_of_range",
        "/claims",
    ),
    _bad(
        "a float of a thousand digits",
        b'{"name": "n", "claims": 0.' + b"1" * 1000 + b"}",
        "out_of_range",
        "/claims",
    ),
    _bad("an escaped NUL", rb'{"name": "a\u0000b"}', "invalid_characters", "/name"),
    _bad(
        "an escaped NUL in the name of a member",
        rb'{"name": "n", "metadata": {"\u0000": 1}}',
        "invalid_characters",
        "/metadata",
    ),
    _bad("a lone high surrogate", rb'{"name": "\ud800"}', "invalid_characters", "/name"),
    _bad("a lone low surrogate", rb'{"name": "\udfff"}', "invalid_characters", "/name"),
    _bad(
        "surrogates the wrong way round",
        rb'{"name": "\udc00\ud800"}',
        "invalid_characters",
        "/name",
    ),
    _bad(
        "a surrogate in the name of a member",
        rb'{"name": "n", "metadata": {"\ud800": 1}}',
        "invalid_characters",
        "/metadata",
    ),
    _bad("nested a level too deep", _nested(20), "too_deep"),
    _bad("nested five thousand levels", _nested(5000), "too_deep"),
    _bad("brackets that never close", b"[" * 60_000, "too_deep"),
    _bad("objects that never close", b'{"a":' * 10_000, "too_deep"),
    _bad(
        "ten thousand values",
        b'{"name": "n", "claims": [' + b"0," * 10_000 + b"0]}",
        "too_many_values",
    ),
    _bad("twenty thousand empty objects", b"[" + b"{}," * 20_000 + b"{}]", "too_many_values"),
    _bad("no object for a verify", b"[]", "not_an_object", path=VERIFY),
    _bad("no object for a tenant", b'"name"', "not_an_object", path=TENANTS),
    _bad("no object for a revocation", b"[]", "not_an_object", path=f"{KEYS}/{KEY}/revoke"),
    _bad("half an object for a rotation", b"{", "malformed_json", path=f"{KEYS}/{KEY}/rotate"),
    Case("a body a byte too large", 413, "body_too_large", body=_sized(65_537)),
    _large(TENANTS, 65_536),
    _large(f"{KEYS}/{KEY}/revoke", 65_536),
    _large(VERIFY, 262_144),
    _large(KEYS, 330_000, "a body larger than any"),
    _large(KEYS, 3_000_000, "a body of megabytes"),
    _of_type("text/plain"),
    _of_type("text/json"),
    _of_type("application/xml"),
    _of_type("application/jsonp"),
    _of_type("application/x-ndjson"),
    _of_type("application/merge-patch+json"),
    _of_type("application/octet-stream"),
    _of_type("json"),
    _of_type("application/json, text/plain"),
    _of_type(_FORM, b"name=n"),
    _of_type(_FORM, b"_content_type=application/json&_content=%7B%7D"),
    _of_type("multipart/form-data; boundary=b", b'--b\r\n\r\n{"name": "n"}\r\n--b--'),
    _of_type("multipart/form-data"),
)
