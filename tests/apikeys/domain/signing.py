"""Requests signed by RFC 9421 as a caller would, and ways to change them afterwards."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from apikeys.domain.secret import Secret
from apikeys.domain.signatures import (
    SignedRequest,
    signature_problem,
)

SECRET = Secret("ks_live_the-plaintext")
NOW = datetime(2031, 5, 6, 12, 0, tzinfo=UTC)
URL = "https://api.example.com/v1/things?a=1&b=2"
BODY = b'{"amount": 1}'
TARGET = ("@method", "@target-uri", "content-digest")


def digest_of(body: bytes, algorithm: str = "sha256") -> str:
    name = {"sha256": "sha-256", "sha512": "sha-512"}[algorithm]
    raw = hashlib.new(algorithm, body).digest()
    return f"{name}=:{base64.b64encode(raw).decode()}:"


def value_of(component: str, method: str, url: str, headers: Mapping[str, str]) -> str:
    """What RFC 9421 section 2 puts into the signature base, written out by hand."""
    scheme, rest = url.split("://")
    authority, slash, tail = rest.partition("/")
    path, _, query = (slash + tail).partition("?")
    derived = {
        "@method": method,
        "@target-uri": f"{scheme}://{authority}{slash}{tail}",
        "@authority": authority,
        "@path": path,
        "@query": "?" + query,
    }
    return derived[component] if component.startswith("@") else headers[component]


def sign(
    components: Sequence[str] = TARGET,
    *,
    method: str = "POST",
    url: str = URL,
    body: bytes | None = BODY,
    headers: Mapping[str, str] | None = None,
    created: datetime = NOW,
    expires: datetime | None = None,
    parameters: str = ';keyid="any";alg="hmac-sha256"',
    secret: Secret = SECRET,
) -> SignedRequest:
    """An independent signer: stdlib only, so that the library does not check itself."""
    lines = {"content-digest": digest_of(body)} if body is not None else {}
    lines.update(headers or {})
    listed = " ".join(f'"{component}"' for component in components)
    until = f";expires={int(expires.timestamp())}" if expires else ""
    described = f"({listed});created={int(created.timestamp())}{until}{parameters}"
    base = [f'"{name}": {value_of(name, method, url, lines)}' for name in components]
    base.append(f'"@signature-params": {described}')
    mark = hmac.digest(secret.reveal().encode(), "\n".join(base).encode(), "sha256")
    signature = f"sig1=:{base64.b64encode(mark).decode()}:"
    lines.update({"signature-input": f"sig1={described}", "signature": signature})
    return SignedRequest(method, url, tuple(lines.items()), body)


def problem(signed: SignedRequest, secret: Secret = SECRET, now: datetime = NOW) -> str:
    return signature_problem(signed, secret, None, now) or ""


def changed(signed: SignedRequest, name: str, value: str) -> SignedRequest:
    lines = tuple((key, value if key == name else old) for key, old in signed.headers)
    return replace(signed, headers=lines)


def added(signed: SignedRequest, *lines: tuple[str, str]) -> SignedRequest:
    return replace(signed, headers=signed.headers + lines)


def without(signed: SignedRequest, name: str) -> SignedRequest:
    return replace(signed, headers=tuple(line for line in signed.headers if line[0] != name))


def header(signed: SignedRequest, name: str) -> str:
    return dict(signed.headers)[name]


def edited(name: str, old: str, new: str) -> Callable[[SignedRequest], SignedRequest]:
    def edit(signed: SignedRequest) -> SignedRequest:
        assert old in header(signed, name)
        return changed(signed, name, header(signed, name).replace(old, new))

    return edit
