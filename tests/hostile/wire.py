"""Requests that a client library would refuse to send, or mend on the way: bytes for a socket."""

from __future__ import annotations

from dataclasses import dataclass

from tests.hostile.case import CANARY, KEYS, Errors

#: Are replaced by the address and by the credential of the service under test.
HOST, CREDENTIAL = b"{host}", b"{credential}"

_NEW = b'{"name": "n"}'
_TYPE = b"Content-Type: application/json"
_CHUNKED = b"Transfer-Encoding: chunked"
_ROTATE = f"POST {KEYS}/key_{'0' * 32}/rotate HTTP/1.1".encode()
_GET = f"GET {KEYS} HTTP/1.1".encode()
_POST = f"POST {KEYS} HTTP/1.1".encode()

#: What the server itself refuses has no document and no code: our application never sees it.
BY_THE_SERVER = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """Bytes, and how they are answered. `breaks_off`: nothing more is sent behind them."""

    title: str
    sent: bytes
    status: int
    code: str = BY_THE_SERVER
    errors: Errors = ()
    breaks_off: bool = False


def _request(
    line: bytes, *fields: bytes, body: bytes = b"", host: bool = True, credential: bool = True
) -> bytes:
    lines = [
        line,
        *([b"Host: " + HOST] if host else []),
        *([b"Authorization: Bearer " + CREDENTIAL] if credential else []),
        b"Connection: close",
        *fields,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _get(target: str) -> bytes:
    return _request(f"GET {target} HTTP/1.1".encode("latin-1"))


def _post(*fields: bytes, body: bytes = _NEW, line: bytes = _POST) -> bytes:
    return _request(line, _TYPE, *fields, body=body)


def _chunks(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


def _malformed(pointer: str, code: str) -> Errors:
    return ((pointer, code),)


_CUT_OFF = _malformed("", "malformed_json")
_GRACE = b'{"grace_seconds": -1}'

TARGETS = (
    Wire("a bad escape in the path", _get(f"{KEYS}/%zz"), 404, "not_found"),
    Wire("half an escape in the path", _get(f"{KEYS}/%"), 404, "not_found"),
    Wire("UTF-8 in the path, not encoded", _get(f"{KEYS}/\xc3\xa9"), 404, "not_found"),
    Wire("bytes in the path that are no text", _get(f"{KEYS}/\xff\xfe"), 400),
    Wire("bytes in the query that are no text", _get(f"{KEYS}?search=\xff"), 400),
    Wire("dots in the path", _get(f"{KEYS}/../tenants"), 404, "not_found"),
    Wire("a blank in the target", _get(f"{KEYS}/a b"), 400),
    Wire("a tab in the target", _get(f"{KEYS}/a\tb"), 400),
    Wire("NUL in the target", _get(f"{KEYS}/a\x00b"), 400),
    Wire("a line break in the target", _get(f"{KEYS}/a\nb"), 400),
    Wire("a path of 20 KB", _get(f"{KEYS}/{'p' * 20_000}"), 404, "not_found"),
    Wire("60,000 slashes", _get(f"{KEYS}{'/' * 60_000}x"), 404, "not_found"),
    Wire(
        "UTF-8 in the query, not encoded",
        _get(f"{KEYS}?\xe6\x97\xa5=1"),
        400,
        "invalid_input",
        _malformed("/\u65e5", "unknown_parameter"),
    ),
    Wire("a path of 100 KB", _get(f"{KEYS}/{'p' * 100_000}"), 414),
    Wire("a path of 5 MB", _get(f"{KEYS}/{'p' * 5_000_000}"), 431),
    Wire(
        "a query of 60 KB",
        _get(f"{KEYS}?search={'q' * 60_000}"),
        400,
        "invalid_input",
        _malformed("/search", "invalid_characters"),
    ),
    Wire(
        "a credential in an absolute target",
        _get(f"http://x{KEYS}?key=1"),
        400,
        "credential_in_url",
    ),
    Wire("a secret in the path", _get(f"{KEYS}/{CANARY}"), 400, "credential_in_url"),
)

LINES = (
    Wire("no method known to HTTP", _request(b"G@T / HTTP/1.1"), 400),
    Wire("HTTP/0.9", f"GET {KEYS}\r\n\r\n".encode(), 400),
    Wire("HTTP/1.0 without a host", f"GET {KEYS} HTTP/1.0\r\n\r\n".encode(), 400, "bad_request"),
    Wire("HTTP/2.0 in a line of text", _request(f"GET {KEYS} HTTP/2.0".encode()), 400),
    Wire("HTTP/9.9", _request(f"GET {KEYS} HTTP/9.9".encode()), 400),
    Wire("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
    Wire("no HTTP at all", b"\x00\x01\x02\x03\r\n\r\n", 400),
)

FIELDS = (
    Wire("no host", _request(_GET, host=False), 400, "bad_request"),
    Wire("an empty host", _request(_GET, b"Host:", host=False), 400, "bad_request"),
    Wire("two hosts", _request(_GET, b"Host: evil.example"), 400, "bad_request"),
    Wire("a blank before the colon", _request(_GET, b"X-Test : a"), 400),
    Wire("a folded field", _request(_GET, b"X-Test: a\r\n b"), 400),
    Wire("NUL in a field", _request(_GET, b"X-Test: a\x00b"), 400),
    Wire("a carriage return in a field", _request(_GET, b"X-Test: a\rb"), 400),
    Wire("brackets in the name of a field", _request(_GET, b"X(Test): a"), 400),
    Wire("a field without a colon", _request(_GET, b"X-Test"), 400),
    Wire("a field of 5 MB", _request(_GET, b"X-Test: " + b"a" * 5_000_000), 431),
    Wire("two thousand fields", _request(_GET, *(b"X-%d: a" % n for n in range(2000))), 431),
    Wire(
        "two fields with the credential",
        _request(_GET, b"Authorization: Bearer " + CREDENTIAL),
        401,
        "authentication_failed",
    ),
    Wire(
        "two fields with a key",
        _request(_GET, b"X-API-Key: " + CREDENTIAL, b"X-API-Key: b", credential=False),
        401,
        "authentication_failed",
    ),
    Wire(
        "another key under the name of a CGI variable",
        _request(_GET, b"X_API_Key: b"),
        400,
        "ambiguous_credential",
    ),
    Wire(
        "two idempotency keys",
        _post(b"Idempotency-Key: a", b"Idempotency-Key: b", b"Content-Length: 13"),
        400,
        "invalid_input",
        _malformed("/Idempotency-Key", "invalid_idempotency_key"),
    ),
)

BODIES = (
    Wire("two lengths", _post(b"Content-Length: 13", b"Content-Length: 2"), 400),
    Wire("a list of lengths", _post(b"Content-Length: 13, 13"), 400),
    Wire("a negative length", _post(b"Content-Length: -1"), 400),
    Wire("a length with a sign", _post(b"Content-Length: +13"), 400),
    Wire("a hexadecimal length", _post(b"Content-Length: 0xd"), 400),
    Wire("a length that is no number", _post(b"Content-Length: many"), 400),
    Wire("a length past 64 bits", _post(b"Content-Length: 99999999999999999999"), 400),
    Wire("a length of a gigabyte", _post(b"Content-Length: 1000000000"), 413, "body_too_large"),
    Wire(
        "a body that breaks off",
        _post(b"Content-Length: 60"),
        400,
        "invalid_input",
        _CUT_OFF,
        breaks_off=True,
    ),
    Wire(
        "a body that never comes",
        _post(b"Content-Length: 21", body=b"", line=_ROTATE),
        400,
        "invalid_input",
        _CUT_OFF,
        breaks_off=True,
    ),
    Wire(
        "a chunked body that is read like any",
        _post(_CHUNKED, body=_chunks(_GRACE[:5], _GRACE[5:]), line=_ROTATE),
        400,
        "invalid_input",
        _malformed("/grace_seconds", "out_of_range"),
    ),
    Wire(
        "a length and chunks",
        _post(b"Content-Length: 2", _CHUNKED, body=_chunks(_GRACE), line=_ROTATE),
        400,
        "invalid_input",
        _malformed("/grace_seconds", "out_of_range"),
    ),
    Wire(
        "chunks without a size", _post(_CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n"), 400, "bad_request"
    ),
    Wire(
        "chunks past 64 bits", _post(_CHUNKED, body=b"f" * 18 + b"\r\n{}\r\n"), 400, "bad_request"
    ),
    Wire("no chunks", _post(_CHUNKED, body=_chunks(), line=_ROTATE), 400, "bad_request"),
    Wire(
        "chunks that never come",
        _post(_CHUNKED, body=b"", line=_ROTATE),
        400,
        "bad_request",
        breaks_off=True,
    ),
    Wire(
        "chunks that break off",
        _post(_CHUNKED, body=b"15\r\n" + _GRACE[:9], line=_ROTATE),
        400,
        "invalid_input",
        _CUT_OFF,
        breaks_off=True,
    ),
    Wire("chunks of 70 KB", _post(_CHUNKED, body=_chunks(b" " * 70_000)), 413, "body_too_large"),
    Wire("chunks of 300 KB", _post(_CHUNKED, body=_chunks(b" " * 300_000)), 413, "body_too_large"),
    Wire("chunks inside of another coding", _post(_CHUNKED + b", identity"), 400),
    Wire("a coding of another name", _post(b"Transfer-Encoding: xchunked"), 400),
)

CASES = (*TARGETS, *LINES, *FIELDS, *BODIES)
