"""No credential in a URL: URLs end up in logs, histories, caches and Referer fields.

A request that has one is refused before anything looks at it, and the URL is blanked in the
request itself, because Django, the server and error reporters print it from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote, unquote_plus, urlsplit

from django.http import HttpRequest, HttpResponse

from apikeys.api.mounts import refuse
from apikeys.api.refusals import Refusal
from apikeys.domain.minting import SCANNER_PATTERN

NAMES = frozenset({"key", "token", "secret", "api_key", "apikey", "access_token", "client_secret"})
BLANKED_PATH = "/-"
_DECODINGS_MAX = 3  # who encodes a secret thrice hides it; nobody does so by accident
_REFUSAL = Refusal(
    400,
    "credential_in_url",
    "A credential does not belong in a URL. Send it as Authorization: Bearer or as X-API-Key, and "
    "replace it if it was a real one: URLs are logged on the way.",
)
_secret = re.compile(SCANNER_PATTERN)


class NoCredentialsInURL:
    """Answers 400 to a credential in query or path, on every address, without repeating it.

    A query parameter counts by its name alone (`NAMES`) or by a value of our published pattern. A
    Referer field with such a URL is cut down to its origin.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _shorten_referer(request)
        query = str(request.META.get("QUERY_STRING", ""))
        if not (_has_credential(query) or _has_secret(request.path)):
            return self._get_response(request)
        answer = refuse(request, _REFUSAL)
        _blank(request)
        return answer


def _has_credential(query: str) -> bool:
    names = (pair.partition("=")[0] for pair in query.split("&") if pair)
    return any(_is_credential_name(name) for name in names) or _has_secret(query)


def _is_credential_name(name: str) -> bool:
    return any(form.strip().casefold() in NAMES for form in _decodings(name))


def _has_secret(text: str) -> bool:
    return any(_secret.search(form) for form in _decodings(text))


def _decodings(text: str) -> Iterator[str]:
    yield text
    for _ in range(_DECODINGS_MAX):
        decoded = unquote_plus(text)
        if decoded == text:
            return
        text = decoded
        yield text


def _shorten_referer(request: HttpRequest) -> None:
    referer = request.META.get("HTTP_REFERER", "")
    if not referer:
        return
    _, _, query = referer.partition("?")
    if _has_credential(query) or _has_secret(referer):
        request.META["HTTP_REFERER"] = _origin(referer)


def _origin(url: str) -> str:
    # The origin is kept for Django's CSRF check of HTTPS requests.
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    return "" if _has_secret(unquote(origin)) else origin


def _blank(request: HttpRequest) -> None:
    """Remove the URL from wherever a log line or an error report would read it."""
    if _has_secret(request.path):
        request.path = request.path_info = request.META["PATH_INFO"] = BLANKED_PATH
    request.META["QUERY_STRING"] = ""
    for name in ("RAW_URI", "REQUEST_URI"):  # where WSGI servers leave the request line's target
        request.META.pop(name, None)
    request.__dict__.pop("GET", None)  # cached, should something outside have read it
