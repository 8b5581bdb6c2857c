"""HTTP message signatures (RFC 9421): the request was made by the holder of the secret.

The key's own plaintext is the HMAC key, so a signed request proves possession without sending
it. What must be signed: the method, where the request goes, and the digest of its body
(RFC 9530). A captured request can be replayed until it is too old; who needs more has the caller
remember the `nonce`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apikeys.domain.secret import Secret

SUPPORTED_ALGORITHMS = ("hmac-sha256",)
AGE_MAX = timedelta(seconds=300)
CLOCK_SKEW = timedelta(seconds=60)

_REASON_LENGTH_MAX = 200
_TARGETS = (
    frozenset({'"@target-uri"'}),
    frozenset({'"@authority"', '"@path"', '"@query"'}),
)
# The library reads the machine's clock. Its checks are opened this wide, and ours, which use the
# `now` that was passed in, are done after it.
_ANY_TIME = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The request as it was signed: absolute URL, header lines in order, body before decoding.

    Headers, URL and body may hold credentials and are not shown in `repr`.
    """

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


def signature_problem(
    signed: SignedRequest, secret: Secret, algorithms: tuple[str, ...] | None, now: datetime
) -> str | None:
    """None when the signature holds, otherwise the reason as one sentence. Never raises.

    `algorithms` are those that the key allows; None allows every supported one.
    """
    if algorithms is not None and not set(algorithms) & set(SUPPORTED_ALGORITHMS):
        return f"The key allows no signature algorithm that is checked here ({_SUPPORTED_TEXT})."
    try:
        covered, parameters = _verified(signed, secret)
        return (
            _coverage_problem(covered)
            or _header_problem(signed.headers, covered)
            or _time_problem(parameters, now)
        )
    except ImportError:
        return "Signatures cannot be checked on this server; install keyservice[signing]."
    except Exception as error:
        # A hostile request may break a parser in any way; whatever it is, it is not valid.
        return _reason(error)


_SUPPORTED_TEXT = ", ".join(SUPPORTED_ALGORITHMS)


class _Message:
    """The request in the shape that the library reads."""

    def __init__(self, signed: SignedRequest) -> None:
        self.method = signed.method
        self.url = signed.url
        self.headers = _HeaderLines(signed.headers)


class _HeaderLines:
    """Header lines that may repeat, as the library wants them."""

    def __init__(self, lines: tuple[tuple[str, str], ...]) -> None:
        self._lines = lines

    def items(self) -> tuple[tuple[str, str], ...]:
        return self._lines


def _verified(signed: SignedRequest, secret: Secret) -> tuple[frozenset[str], dict[str, Any]]:
    """The covered components and the signature's parameters, or an exception."""
    # Only installed with the extra `signing`.
    from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
