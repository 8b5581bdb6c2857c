"""The facts of a request that a proxy tells of, instead of those of the request that tells them.

`X-Forwarded-Host`, `-Uri` and `-Method` count like `-For` and `-Proto`: only when the other end of
the socket is one of `APIKEYS["TRUSTED_PROXIES"]`. From anybody else they are not looked at, and the
request itself is what is judged.
"""

from __future__ import annotations

import re
from dataclasses import replace

from django.http import HttpRequest
from django.http.request import split_domain_port

from apikeys.api.presenting import Meta, presentation_of, through_proxy
from apikeys.domain import asking
from apikeys.domain.kinds import BadValue
from apikeys.domain.minting import SCANNER_PATTERN
from apikeys.domain.presentation import Presentation
from apikeys.domain.secret import Secret
from apikeys.domain.signatures import SignedRequest

_HOST, _URI, _METHOD = "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_URI", "HTTP_X_FORWARDED_METHOD"
_secret = re.compile(SCANNER_PATTERN)


def forwarded_presentation(request: HttpRequest, secret: Secret) -> Presentation:
    """The secret with the facts of the original request, as far as a trusted proxy tells them.

    Without the body: what is signed may name the digest of one, and is then refused.
    """
    seen, meta = presentation_of(request, secret), request.META
    if not through_proxy(meta):
        return seen
    return replace(
        seen,
        domain=split_domain_port(meta[_HOST])[0] or None if _HOST in meta else seen.domain,
        endpoint=_endpoint(meta),
        signed_request=seen.signed_request and _signed(seen.signed_request, seen.scheme, meta),
    )


def _endpoint(meta: Meta) -> str | None:
    """The path, for the statistics; none for one that has a secret in it, or is too long."""
    path = meta.get(_URI, "").partition("?")[0]
    try:
        return None if _secret.search(path) else str(asking.MEMBERS["endpoint"].clean(path))
    except BadValue:
        return None


def _signed(seen: SignedRequest, scheme: str | None, meta: Meta) -> SignedRequest:
    url = f"{scheme}://{meta[_HOST]}{meta[_URI]}" if _HOST in meta and _URI in meta else seen.url
    return replace(seen, method=meta.get(_METHOD, seen.method), url=url, body=None)
