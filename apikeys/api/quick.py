"""The quick way to answer a verify, the same for the fast lane and for Django's view.

It takes plain requests only: those of which it is sure that the long way, through the REST
framework, gives the same answer byte for byte. Of all others it says None, before anything was
counted, so that every refusal and every error is told in one place.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from apikeys import metrics
from apikeys.api.asked import presentation_from
from apikeys.api.plain_json import LENGTH_MAX, plain_object
from apikeys.api.presenting import JUDGED, Meta, presented
from apikeys.api.ratelimits import limit_fields
from apikeys.api.verdicts import body_of, status_code
from apikeys.domain.errors import InvalidInput
from apikeys.domain.presentation import Presentation
from apikeys.domain.secret import Secret
from apikeys.operations.reaching import utc_now
from apikeys.operations.verify import verify_for

SCOPE = "api_keys:verify"

_TYPES = frozenset(
    {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}
)
_LENGTH = re.compile(r"[1-9][0-9]{0,3}")
# A body of unannounced length, a signature over everything that was sent, and what middleware
# for browsers answers to.
_UNUSUAL = ("HTTP_TRANSFER_ENCODING", "HTTP_SIGNATURE", "HTTP_COOKIE")


# The body is read before the credential is judged, so strangers who send theirs slowly could hold
# every thread of a process. Beyond these, credentials are judged first, on the long way.
_READERS = threading.BoundedSemaphore(3)


@contextmanager
def turn_to_read() -> Iterator[bool]:
    """Whether one more may read a body now."""
    mine = _READERS.acquire(blocking=False)
    try:
        yield mine
    finally:
        if mine:
            _READERS.release()


@dataclass(frozen=True, slots=True)
class QuickAnswer:
    """An answer to a verify; `fields` are the header fields that depend on the verdict."""

    status: int
    body: bytes
    fields: tuple[tuple[str, str], ...]


def announced_bytes(meta: Meta) -> int | None:
    """The length of the body if this may be a plain verify, as far as its fields tell."""
    length = meta.get("CONTENT_LENGTH") or ""
    if (
        meta.get("REQUEST_METHOD") != "POST"
        or meta.get("QUERY_STRING")
        or meta.get("CONTENT_TYPE") not in _TYPES
        or not _LENGTH.fullmatch(length)
    ):
        return None
    if any(name in meta for name in _UNUSUAL):
        return None
    if credential_in(meta) is None or domain_in(meta) is None:
        return None
    return int(length) if int(length) <= LENGTH_MAX else None


def answer_to(
    meta: Meta, body: bytes, *, scheme: str, server: metrics.Server
) -> QuickAnswer | None:
    """Judge caller and presented key, and answer; None for the long way.

    `scheme` is the one that the server saw.
    """
    if JUDGED in meta:
        return None  # the lane has tried it, and once more would be counted once more
    started = time.perf_counter()
    try:
        asked = _asked(meta, body, scheme)
    except Exception:
        return None  # what broke down does so again on the long way, which tells of it
    if asked is None:
        return None
    now = utc_now()
    try:
        callers, verdict = verify_for(*asked)
    except Exception:
        return None  # nothing was counted
    if verdict is None:
        meta[JUDGED] = callers  # the long way tells of it, and need not judge again
        return None
    content = body_of(verdict, now, explain=asked[1].explain)
    fields = tuple(limit_fields(verdict, now).items())
    metrics.verified(verdict.outcome, time.perf_counter() - started, server)
    return QuickAnswer(status_code(verdict), content, fields)


def _asked(meta: Meta, body: bytes, scheme: str) -> tuple[Presentation, Presentation] | None:
    """Who calls, and what is to be judged."""
    secret, domain, members = credential_in(meta), domain_in(meta), plain_object(body)
    if secret is None or domain is None or members is None:
        return None
    try:
        asked = presentation_from(members)
    except InvalidInput:
        return None
    caller = presented(meta, secret, domain=domain, scheme=scheme, scopes=(SCOPE,), management=True)
    return caller, asked


def credential_in(meta: Meta) -> Secret | None:
    """The one credential of the request, if it is an ordinary one.

    Tokens of service clients are not: what begins like JSON in base64 is left to their judge.
    """
    given = meta.get("HTTP_AUTHORIZATION")
    if given is None:
        token = meta.get("HTTP_X_API_KEY", "")
    elif "HTTP_X_API_KEY" in meta:
        return None
    else:
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer":
            return None
    token = token.strip()
    return Secret(token) if token and token.isascii() and not token.startswith("eyJ") else None


def domain_in(meta: Meta) -> str | None:
    """The domain in the Host field, if the service answers to that one."""
    if settings.USE_X_FORWARDED_HOST:
        return None
    host = meta.get("HTTP_HOST", meta.get("SERVER_NAME", ""))
    return _allowed_domain(host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=256)
def _allowed_domain(host: str, allowed: tuple[str, ...]) -> str | None:
    """As `HttpRequest.get_host` decides, which takes the time of a tenth of an answer."""
    domain, _ = split_domain_port(host)
    return domain if domain and validate_host(domain, allowed) else None
