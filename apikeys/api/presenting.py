"""From an HTTP request to the `Presentation` that is decided about: the credential and the facts.

Every surface that lets somebody in by a key uses this one translation, so that none of them
forgets a fact. What proxies say counts only when the other end of the socket is one of
`APIKEYS["TRUSTED_PROXIES"]`. A credential in the URL is never looked at.
"""

from __future__ import annotations

import ssl
from collections.abc import MutableMapping
from typing import Any, TypedDict, Unpack

from django.http import HttpRequest
from django.http.request import RawPostDataException, split_domain_port

from apikeys.conf import settings
from apikeys.domain.addresses import client_address, forwarded_scheme, is_trusted
from apikeys.domain.certificates import thumbprint
from apikeys.domain.errors import AmbiguousCredential
from apikeys.domain.presentation import Presentation
from apikeys.domain.scopes import Resource
from apikeys.domain.secret import Secret
from apikeys.domain.signatures import SignedRequest
from apikeys.operations.verify import client_secret_digests

CLIENT_SECRET_HEADER = "X-Client-Secret"  # noqa: S105 - where to find one
_CLIENT_SECRET = "HTTP_X_CLIENT_SECRET"  # noqa: S105 - the same in a WSGI environment

Meta = MutableMapping[str, Any]  # a WSGI environment, or Django's `request.META`

# Where the verdict on a caller waits that was refused before Django was asked. No field of a
# request can have this name.
JUDGED = "apikeys.judged"


class Demands(TypedDict, total=False):
    """What the key must be good for; see `Presentation`."""

    scopes: tuple[str, ...]
    permissions: tuple[str, ...]
    resource: Resource | None
    environment: str | None
    management: bool


def credential_of(request: HttpRequest) -> Secret | None:
    """The key in `Authorization: Bearer` or `X-API-Key`; None when there is neither."""
    meta = request.META  # not `request.headers`: making it reads every field
    return credential_in(meta.get("HTTP_AUTHORIZATION", ""), meta.get("HTTP_X_API_KEY", ""))


def credential_in(authorization: str, api_key: str) -> Secret | None:
    """The key that these two header fields present, each empty where it is not there.

    Another scheme of `Authorization` is not ours to judge and counts as none. Two different
    credentials raise `AmbiguousCredential`: somebody would be taken for somebody else.
    """
    scheme, _, token = authorization.partition(" ")
    given = (token if scheme.lower() == "bearer" else "", api_key)
    found = [Secret(_as_sent(text.strip())) for text in given if text.strip()]
    if len(found) == 2 and found[0] != found[1]:
        raise AmbiguousCredential
    return found[0] if found else None


def presentation_of(
    request: HttpRequest, secret: Secret, **demands: Unpack[Demands]
) -> Presentation:
    """The secret with the facts of the request on which it came, and what it must be good for.

    A DRF request is passed as its `_request`. Raises Django's `DisallowedHost`.
    """
    return presented(
        request.META,
        secret,
        domain=split_domain_port(request.get_host())[0] or None,
        scheme=_seen_scheme(request),
        signed_request=_signed(request),
        **demands,
    )


def presented(
    meta: Meta,
    secret: Secret,
    *,
    domain: str | None,
    scheme: str,
    signed_request: SignedRequest | None = None,
    **demands: Unpack[Demands],
) -> Presentation:
    """The same from a WSGI environment alone, for whoever answers before there is a request.

    `scheme` is the one that the server saw.
    """
    return Presentation(
        secret=secret,
        ip=_address_in(meta),
        origin=meta.get("HTTP_ORIGIN"),
        domain=domain,
        scheme=scheme_in(meta, scheme),
        client_secret_digests=_client_secret(meta),
        client_certificate=_certificate(meta),
        signed_request=signed_request,
        **demands,
    )


def caller_address(request: HttpRequest) -> str | None:
    """The address of the client, behind whatever trusted proxies; None when unknown."""
    return _address_in(request.META)


def through_proxy(meta: Meta) -> bool:
    """Whether the other end of the socket is a proxy whose word counts."""
    return is_trusted(_peer(meta), settings.TRUSTED_PROXIES)


def scheme_in(meta: Meta, seen: str) -> str:
    """What a trusted proxy says, else what the server saw.

    Not `request.scheme`: with SECURE_PROXY_SSL_HEADER that believes whoever sends the field.
    """
    claimed = meta.get("HTTP_X_FORWARDED_PROTO")
    return forwarded_scheme(_peer(meta), claimed, settings.TRUSTED_PROXIES) or seen


def _address_in(meta: Meta) -> str | None:
    forwarded = meta.get("HTTP_X_FORWARDED_FOR")
    return client_address(_peer(meta), forwarded, settings.TRUSTED_PROXIES) or None


def _peer(meta: Meta) -> str:
    return str(meta.get("REMOTE_ADDR") or "")


def _seen_scheme(request: HttpRequest) -> str:
    return str(request._get_scheme())  # type: ignore[attr-defined]  # untyped hook


def _client_secret(meta: Meta) -> tuple[bytes, ...]:
    given = meta.get(_CLIENT_SECRET, "").strip()
    return client_secret_digests(Secret(_as_sent(given))) if given else ()


def _certificate(meta: Meta) -> str | None:
    """The client's certificate as PEM, where a trusted proxy passes it on (RFC 9440).

    One that cannot be read counts as none. Reading it takes the extra `signing`.
    """
    field = meta.get("HTTP_CLIENT_CERT")
    if field is None or not through_proxy(meta):
        return None
    try:
        import http_sf

        item = http_sf.parse(field.encode("ascii"), tltype="item")
    except (ImportError, ValueError):
        return None
    der = item[0] if isinstance(item, tuple) else None  # beside it stand its parameters
    return ssl.DER_cert_to_PEM_cert(der) if isinstance(der, bytes) else None


def certificate_thumbprint(request: HttpRequest) -> str | None:
    """`x5t#S256` of the client's certificate; None without one that can be read."""
    certificate = _certificate(request.META)
    try:
        return certificate and thumbprint(certificate)
    except ValueError:
        return None


def _signed(request: HttpRequest) -> SignedRequest | None:
    """The whole request, if it says that it is signed: reading every body would cost the others."""
    if "HTTP_SIGNATURE" not in request.META:
        return None
    try:
        body = request.body
    except RawPostDataException:
        return None  # somebody read the stream before us; what was signed is gone
    scheme = scheme_in(request.META, _seen_scheme(request))
    return SignedRequest(
        method=request.method or "",
        url=f"{scheme}://{request.get_host()}{_target(request)}",
        headers=tuple(request.headers.items()),
        body=body or None,
    )


def _target(request: HttpRequest) -> str:
    """Path and query as they were sent, where the server keeps them: `%7E` is not signed as `~`."""
    for name in ("RAW_URI", "REQUEST_URI"):
        target = request.META.get(name, "")
        if target.startswith("/"):
            return str(target)
    return request.get_full_path()


def _as_sent(text: str) -> str:
    """WSGI hands over bytes as Latin-1; what was sent as UTF-8 is read as UTF-8."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
