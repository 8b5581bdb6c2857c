"""The quick way to answer a verify, the same for the fast lane and for Django's view.

It takes plain requests only: those of which it is sure that the long way, through the REST
framework, gives the same answer byte for byte. Of all others it says None, before anything was
counted, so that every refusal and every error is told in one place.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

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
from apikeys.domain.verdict import Verdict
from apikeys.operations.reaching import utc_now
from apikeys.operations.verify import repeated, verify_for

SCOPE = "api_keys:verify"

_TYPES = frozenset(
    {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}
)
_LENGTH = re.compile(r"[1-9][0-9]{0,3}")
# A body of unannounced length, a signature over everything that was sent, and what middleware
# for browsers answers to.
_UNUSUAL = frozenset({"HTTP_TRANSFER_ENCODING", "HTTP_SIGNATURE", "HTTP_COOKIE"})
_CREDENTIALS = frozenset({"HTTP_AUTHORIZATION", "HTTP_X_API_KEY"})


# Whatever is read of an environment on the quick way. Where two differ, they are two questions.
READ = (
    *("REQUEST_METHOD", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", *_UNUSUAL),
    *(*_CREDENTIALS, "HTTP_X_CLIENT_SECRET", "HTTP_CLIENT_CERT"),
    *("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"),
    *("HTTP_HOST", "SERVER_NAME", "HTTP_ORIGIN"),
)
_PROCESS_KEY = secrets.token_bytes(32)

# The body is read before the credential is judged, so strangers who send theirs slowly could hold
# every thread of a process. Beyond these, credentials are judged first, on the long way.
READERS_MAX = 3
_turns = [None] * READERS_MAX  # a list, whose ends take a tenth of a semaphore's time


def read_in_turn(read: Callable[[], bytes]) -> bytes | None:
    """What `read` gives; None if as many as may read already do."""
    try:
        turn = _turns.pop()
    except IndexError:
        return None
    try:
        return read()
    finally:
        _turns.append(turn)


class QuickAnswer(NamedTuple):
    """An answer to a verify; `fields` are the header fields that depend on the verdict."""

    status: int
    body: bytes
    fields: tuple[tuple[str, str], ...]


def announced_bytes(meta: Meta) -> int | None:
    """The length of the body if this may be a plain verify, as far as its fields tell."""
    if (
        meta.get("REQUEST_METHOD") != "POST"
        or meta.get("QUERY_STRING")
        or meta.get("CONTENT_TYPE") not in _TYPES
        or not _UNUSUAL.isdisjoint(meta)
        or _CREDENTIALS.isdisjoint(meta)
    ):
        return None
    return _length_in(meta.get("CONTENT_LENGTH") or "")


@lru_cache(maxsize=256)
def _length_in(text: str) -> int | None:
    return int(text) if _LENGTH.fullmatch(text) and int(text) <= LENGTH_MAX else None


def answer_to(
    meta: Meta, body: bytes, *, scheme: str, server: metrics.Server
) -> QuickAnswer | None:
    """Judge caller and presented key, and answer; None for the long way.

    `scheme` is the one that the server saw.
    """
    if JUDGED in meta:
        return None  # the lane has tried it, and once more would be counted once more
    started, now = time.perf_counter(), utc_now()
    try:
        verdicts, explain = _judged(meta, body, scheme, now)
    except Exception:
        return None  # nothing was counted; what broke down does so again on the long way
    if len(verdicts) < 2:
        if verdicts:
            meta[JUDGED] = verdicts[0]  # the long way tells of it, and need not judge again
        return None
    verdict = verdicts[1]
    content = body_of(verdict, now, explain=explain)
    fields = tuple(limit_fields(verdict, now).items())
    metrics.verified(verdict.outcome, time.perf_counter() - started, server)
    return QuickAnswer(status_code(verdict), content, fields)


def _judged(meta: Meta, body: bytes, scheme: str, now: datetime) -> tuple[list[Verdict], bool]:
    """The verdicts on the caller and on the key, and whether the latter is to be explained."""
    name = _name_of(meta, body, scheme)
    verdicts = repeated(name, now)
    if len(verdicts) == 2 or (verdicts and not verdicts[0].valid):
        return verdicts, False
    asked = _asked(meta, body, scheme)
    if asked is None:
        return [], False
    return verify_for(*asked, name=name, begun=verdicts), asked[1].explain


def _name_of(meta: Meta, body: bytes, scheme: str) -> bytes:
    """What a question is called in this process: a keyed hash of everything that is read of it."""
    facts = (*map(meta.get, READ), scheme, body)
    return hashlib.blake2b(repr(facts).encode(), key=_PROCESS_KEY, digest_size=32).digest()


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
