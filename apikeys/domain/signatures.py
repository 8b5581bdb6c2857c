"""HTTP message signatures (RFC 9421): the request was made by the holder of the secret.

The key's own plaintext is the HMAC key, so a signature proves possession without sending it.
What must be signed: the method, where the request goes, and the digest of its body (RFC 9530).
A captured request can be replayed until it is too old; there is no memory of nonces here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature

from apikeys.domain.secret import Secret

SUPPORTED_ALGORITHMS = ("hmac-sha256",)
AGE_MAX = timedelta(seconds=300)
CLOCK_SKEW = timedelta(seconds=60)

_TARGETS = (
    frozenset({'"@target-uri"'}),
    frozenset({'"@authority"', '"@path"', '"@query"'}),
)
_REASON_LENGTH_MAX = 200
# The library reads the machine's clock. Its own limits are opened this wide; ours, which use the
# `now` that was passed in, follow.
_ANY_TIME = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it was signed: absolute URL, header lines in order, body before decoding.

    URL, headers and body may hold credentials and are not shown in `repr`.
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
        return (
            f"The key allows none of the algorithms checked here: {_words(SUPPORTED_ALGORITHMS)}."
        )
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
        # A hostile request may break a parser in any way: whatever it is, it is not valid.
        return _reason(error)


@dataclass(frozen=True, slots=True)
class _HeaderLines:
    """Header lines that may repeat, in the shape that the library reads."""

    lines: tuple[tuple[str, str], ...]

    def items(self) -> tuple[tuple[str, str], ...]:
        return self.lines


@dataclass(frozen=True, slots=True)
class _Message:
    """A request in the shape that the library reads."""

    method: str
    url: str
    headers: _HeaderLines


def _verified(
    signed: SignedRequest, secret: Secret
) -> tuple[frozenset[str], Mapping[str, int | str]]:
    """The covered components and the signed parameters of the one signature, or an exception."""
    # Here, because the library comes only with the extra `signing`.
    from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver
    from http_message_signatures.algorithms import HMAC_SHA256

    class TheSecret(HTTPSignatureKeyResolver):
        """Whatever the key id says: which key is meant was decided before."""

        def resolve_public_key(self, key_id: str) -> bytes:
            # surrogatepass: an encoding error would quote the plaintext.
            return secret.reveal().encode("utf-8", "surrogatepass")

    verifier = HTTPMessageVerifier(signature_algorithm=HMAC_SHA256, key_resolver=TheSecret())
    verifier.max_clock_skew = _ANY_TIME
    message = _Message(signed.method, signed.url, _HeaderLines(signed.headers))
    # With a body given, the library demands a covered and matching Content-Digest unless the
    # body is empty; no body counts as an empty one, so that a digest of another never passes.
    (result,) = verifier.verify(message, max_age=None, body=signed.body or b"")
    return frozenset(result.covered_components), result.parameters


def _coverage_problem(covered: frozenset[str]) -> str | None:
    if '"@method"' not in covered:
        return "The signature does not cover @method."
    if not any(target <= covered for target in _TARGETS):
        return "The signature covers neither @target-uri nor all of @authority, @path and @query."
    return None


def _header_problem(headers: tuple[tuple[str, str], ...], covered: frozenset[str]) -> str | None:
    """A header that two readers could read in two ways cannot be relied on."""
    # A covered component is a quoted name, then perhaps parameters: "content-digest";sf
    names = {component.split('"')[1] for component in covered} | {"signature", "signature-input"}
    counts = Counter(name.lower() for name, _ in headers)
    repeated = sorted(name for name in names if counts[name] > 1)
    if repeated:
        return f"A signed header comes more than once: {_words(repeated)}."
    if any(mark in value for name, value in headers if name.lower() in names for mark in "\r\n"):
        return "A signed header is folded over several lines; write it on one."
    return None


def _time_problem(parameters: Mapping[str, int | str], now: datetime) -> str | None:
    created = _moment(parameters["created"])
    if created > now + CLOCK_SKEW:
        return "The signature was created in the future; check the clock of the signer."
    if now - created > AGE_MAX:
        return f"The signature is older than {AGE_MAX.seconds} seconds; sign the request again."
    if "expires" in parameters and _moment(parameters["expires"]) < now - CLOCK_SKEW:
        return "The signature has expired; sign the request again."
    return None


def _moment(seconds: int | str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _words(names: Iterable[str]) -> str:
    return ", ".join(names)


def _reason(error: Exception) -> str:
    """The library's own sentences name components and rules; other errors may quote values."""
    from http_message_signatures import HTTPMessageSignaturesException

    wrapped = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(wrapped, InvalidSignature):
        return "The signature does not fit the request and the secret; sign what is sent."
    told = str(wrapped) if isinstance(wrapped, HTTPMessageSignaturesException) else ""
    if not told or not told.isprintable() or len(told) > _REASON_LENGTH_MAX:
        return "The signature cannot be read."
    return f"The signature does not hold: {told.rstrip('.')}."
