"""The quick way to answer a verify, the same for the fast lane and for Django's view.

It takes plain requests only: those of which it is sure that the long way, through the REST
framework, gives the same answer byte for byte. Of all others it says None, before anything was
counted, so that every refusal and every error is told in one place.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
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
from apikeys.operations.reaching import utc_now
from apikeys.operations.verify import verify_for

SCOPE = "api_keys:verify"

_TYPES = frozenset(
    {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}
)
# What strangers send is remembered below only if it is short.
_DIGITS_MAX, _HOST_LENGTH_MAX = 4, 300
_LENGTH = re.compile(r"[1-9][0-9]{0,3}")
# A body of unannounced length, a signature over everything that was sent, and what middleware
# for browsers answers to.
_UNUSUAL = frozenset({"HTTP_TRANSFER_ENCODING", "HTTP_SIGNATURE", "HTTP_COOKIE"})
_CREDENTIALS = frozenset({"HTTP_AUTHORIZATION", "HTTP_X_API_KEY"})


# What is read of a request once `announced_bytes` has seen to the rest. Where two differ in one of
# them, they are two questions.
READ = (
    *(*_CREDENTIALS, "HTTP_X_CLIENT_SECRET", "HTTP_CLIENT_CERT"),
    *("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"),
    *("HTTP_HOST", "SERVER_NAME", "HTTP_ORIGIN"),
)

# A body that is read before the credential is judged, or after it was refused, may come slowly, and
# strangers could hold every thread of a process. Beyond these, credentials are judged first, on the
# long way, and what is left of a body is not waited for.
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
    length = meta.get("CONTENT_LENGTH") or ""
    return _length_in(length) if len(length) <= _DIGITS_MAX else None


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
    question = _Question(meta, body, scheme)
    try:
        verdicts = verify_for(question.facts, question.ask)
    except Exception:
        return None  # nothing was counted; what broke down does so again on the long way
    if len(verdicts) < 2:
        if verdicts:
            meta[JUDGED] = verdicts[0]  # the long way tells of it, and need not judge again
        return None
    verdict = verdicts[1]
    content = body_of(verdict, now, explain=question.explain)
    fields = tuple(limit_fields(verdict, now).items())
    metrics.verified(verdict.outcome, time.perf_counter() - started, server)
    return QuickAnswer(status_code(verdict), content, fields)


class _Question:
    """Who calls, and what is to be judged; not read before somebody wants to know.

    What is to be explained is never answered without having been read.
    """

    __slots__ = ("_body", "_meta", "_scheme", "explain")

    def __init__(self, meta: Meta, body: bytes, scheme: str) -> None:
        self._meta, self._body, self._scheme = meta, body, scheme
        self.explain = False

    @property
    def facts(self) -> str:
        """All that `ask` reads, as one text."""
        return repr((*map(self._meta.get, READ), self._scheme, self._body))

    def ask(self) -> tuple[Presentation, Presentation] | None:
        """The caller's presentation and that of the key; None for the long way."""
        asked = _asked(self._meta, self._body, self._scheme)
        if asked is not None:
            self.explain = asked[1].explain
        return asked


def _asked(meta: Meta, body: bytes, scheme: str) -> tuple[Presentation, Presentation] | None:
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
    if len(host) > _HOST_LENGTH_MAX:
        return None
    return _allowed_domain(host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=256)
def _allowed_domain(host: str, allowed: tuple[str, ...]) -> str | None:
    """As `HttpRequest.get_host` decides, which takes the time of a tenth of an answer."""
    domain, _ = split_domain_port(host)
    return domain if domain and validate_host(domain, allowed) else None
