"""Everything around a body: header fields, methods, paths, hosts."""

from __future__ import annotations

from tests.hostile.case import AUDIT, CANARY, KEY, KEYS, TENANT, TENANTS, VERIFY, Case, Errors

_KEY = f"{KEYS}/{KEY}"
_NEW = b'{"name": "n"}'


def _stranger(title: str, code: str = "authentication_failed", **headers: str | None) -> Case:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Case(title, 401, code, method="GET", headers={"Authorization": None, **named})


def _idempotency(value: str) -> Case:
    errors = (("/Idempotency-Key", "invalid_idempotency_key"),)
    headers = {"Idempotency-Key": value}
    title = f"Idempotency-Key {value[:30]!r}"
    return Case(title, 400, "invalid_input", errors, body=_NEW, headers=headers)


def _if_match(value: str, status: int, code: str, errors: Errors = ()) -> Case:
    title, headers = f"If-Match {value[:30]!r}", {"If-Match": value}
    return Case(title, status, code, errors, "PATCH", _KEY, body=_NEW, headers=headers)


def _method(method: str, path: str, query: str = "", **headers: str | None) -> Case:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    title = f"{method} {path} {query} {' '.join(headers)}".strip()
    return Case(
        title, 405, "method_not_allowed", method=method, path=path, query=query, headers=named
    )


def _nowhere(path: str) -> Case:
    return Case(f"GET {path[:60]!r}", 404, "not_found", method="GET", path=path)


def _host(host: str) -> Case:
    return Case(f"Host {host!r}", 400, "bad_request", method="GET", headers={"Host": host})


_BAD_IF_MATCH = (("/If-Match", "invalid_if_match"),)

CASES = (
    _stranger("no credential", "not_authenticated"),
    _stranger("Basic", "not_authenticated", Authorization="Basic cm9vdDpyb290"),
    _stranger("Bearer without a word", "not_authenticated", Authorization="Bearer"),
    _stranger("Bearer and blanks", "not_authenticated", Authorization="Bearer    "),
    _stranger("a scheme of another name", "not_authenticated", Authorization=f"Token {CANARY}"),
    _stranger("a bare secret", "not_authenticated", Authorization=CANARY),
    _stranger("a wrong checksum", Authorization=f"Bearer {CANARY}"),
    _stranger("an unknown secret", Authorization="Bearer " + "u" * 60),
    _stranger("two words", Authorization="Bearer a b"),
    _stranger("a secret in quotes", Authorization='Bearer "abc"'),
    _stranger("a secret too long", Authorization="Bearer " + "s" * 513),
    _stranger("a secret of 8 KiB", X_API_Key="s" * 8192),
    _stranger("a secret of bytes", X_API_Key="\xff\xfe\xfd"),
    _stranger("a secret that is no text", X_API_Key="a\x7fb"),
    _stranger("NUL for a secret", X_API_Key="\x00"),
    _stranger("the empty secret", "not_authenticated", X_API_Key=""),
    _stranger("SQL for a secret", X_API_Key="' OR '1'='1"),
    _stranger("JSON for a secret", X_API_Key='{"$ne": null}'),
    _stranger("a wrong checksum as X-API-Key", X_API_Key=CANARY),
    Case(
        "two credentials",
        400,
        "ambiguous_credential",
        method="GET",
        headers={"X-API-Key": CANARY},
        unseen=CANARY,
    ),
    _idempotency(""),
    _idempotency('""'),
    _idempotency("k" * 256),
    _idempotency('"' + "k" * 256 + '"'),
    _idempotency("two words"),
    _idempotency("one,two"),
    _idempotency('"half'),
    _idempotency('"a"b"'),
    _idempotency("k\xe9y"),
    _idempotency('"bell \x07"'),
    _idempotency("\x00"),
    _if_match("v1", 400, "invalid_input", _BAD_IF_MATCH),
    _if_match("", 400, "invalid_input", _BAD_IF_MATCH),
    _if_match('"v1', 400, "invalid_input", _BAD_IF_MATCH),
    _if_match('"v1" "v2"', 400, "invalid_input", _BAD_IF_MATCH),
    _if_match('*, "v1"', 400, "invalid_input", _BAD_IF_MATCH),
    _if_match('w/"v1"', 400, "invalid_input", _BAD_IF_MATCH),
    _if_match('"' + "v" * 600 + '"', 400, "invalid_input", _BAD_IF_MATCH),
    _if_match("\x00", 400, "invalid_input", _BAD_IF_MATCH),
    _if_match('W/"v1"', 412, "version_mismatch"),
    _if_match('"v0"', 412, "version_mismatch"),
    _if_match('"v2"', 412, "version_mismatch"),
    _if_match('"v999999999999999999"', 412, "version_mismatch"),
    _if_match('"v9223372036854775808"', 412, "version_mismatch"),
    _if_match('"v-1"', 412, "version_mismatch"),
    _if_match('"V1"', 412, "version_mismatch"),
    _if_match('"v01"', 412, "version_mismatch"),
    _if_match('""', 412, "version_mismatch"),
    _method("PUT", _KEY),
    _method("POST", _KEY),
    _method("POST", _KEY, X_HTTP_Method_Override="DELETE"),
    _method("POST", _KEY, X_HTTP_Method="DELETE"),
    _method("POST", _KEY, X_Method_Override="PATCH"),
    _method("GET", f"{_KEY}/revoke"),
    _method("GET", f"{_KEY}/secret"),
    _method("HEAD", f"{_KEY}/secret"),
    _method("DELETE", f"{_KEY}/rotate"),
    _method("GET", VERIFY),
    _method("DELETE", VERIFY),
    _method("DELETE", KEYS),
    _method("PATCH", KEYS),
    _method("PUT", KEYS),
    _method("TRACE", KEYS),
    _method("TRACE", KEYS, query="search=a"),
    _method("CONNECT", KEYS),
    _method("OPTIONS", KEYS, Origin="https://evil.example"),
    _method("PROPFIND", KEYS),
    _method("FROBNICATE", KEYS),
    _method("POST", AUDIT),
    _method("DELETE", AUDIT),
    _method("DELETE", f"{TENANTS}/{TENANT}"),
    _method("POST", f"{TENANTS}/{TENANT}"),
    _method("PUT", TENANTS),
    _nowhere(f"{KEYS}/"),
    _nowhere(f"{_KEY}/"),
    _nowhere(f"{VERIFY}/now"),
    _nowhere(f"{_KEY}.json"),
    _nowhere(f"{_KEY}/delete"),
    _nowhere(f"{KEYS}/../tenants"),
    _nowhere(f"{KEYS}/.."),
    _nowhere(f"{KEYS}/%2e%2e%2ftenants"),
    _nowhere(f"{KEYS}/..%5C..%5Cwindows"),
    _nowhere("/api/v1//api_keys"),
    _nowhere("/api/v1/%00"),
    _nowhere(f"{KEYS}/%00"),
    _nowhere(f"{KEYS}/key_%00"),
    _nowhere(f"{TENANTS}/org_%00"),
    _nowhere(f"{KEYS}/%ED%A0%80"),
    _nowhere(f"{KEYS}/%FF%FE"),
    _nowhere(f"{KEYS}/%C0%AE%C0%AE"),
    _nowhere(f"{KEYS}/a%0D%0ASet-Cookie:%20a=b"),
    _nowhere(f"{KEYS}/%E2%80%AE"),
    _nowhere(f"{KEYS}/%27%20OR%201=1--"),
    _nowhere(f"{KEYS}/{{7*7}}"),
    _nowhere(f"{KEYS}/1"),
    _nowhere(f"{KEYS}/-1"),
    _nowhere(f"{KEYS}/{'9' * 40}"),
    _nowhere(f"{KEYS}/{'k' * 4000}"),
    _nowhere(f"{KEYS}/KEY_{'0' * 32}"),
    _nowhere(f"{TENANTS}/org_nobodys"),
    Case(
        "a secret in the path",
        400,
        "credential_in_url",
        method="GET",
        path=f"{KEYS}/{CANARY}",
        unseen=CANARY,
    ),
    Case(
        "a secret in the path, encoded",
        400,
        "credential_in_url",
        method="GET",
        path=f"{KEYS}/{CANARY.replace('_', '%255F')}",
        unseen=CANARY,
    ),
    _host("evil.example"),
    _host("127.0.0.1.evil.example"),
    _host("127.0.0.1@evil.example"),
    _host("127.0.0.1:port"),
    _host("[::1"),
    _host("a b"),
    _host(""),
)
