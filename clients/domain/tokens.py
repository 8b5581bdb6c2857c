"""Reading and checking signed tokens (RFC 7515, 7519), stricter than the RFCs ask.

Every step raises `BadToken`. Nothing in a token decides how it is checked: the key is looked up by
`kid` inside of the client that it names, and the key fixes the algorithm.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from joserfc import jws
from joserfc.errors import JoseError

from apikeys.domain.text import is_storable
from clients.domain.errors import BadToken
from clients.domain.public_keys import PublicKey
from clients.domain.times import SKEW_SECONDS

# RFC 9864 renames it Ed25519, which Authress' clients do not take.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", module="joserfc")

LENGTH_MAX = 8_192
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
# Of tokens between machines, in which the holder chose claims: never taken for one of the others.
M2M_TYPE = "m2m+jwt"
_FORM = re.compile(r"[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+")
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ", "cty"})
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart; not yet to be believed."""

    text: str = field(repr=False)
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def kid(self) -> str:
        return str(self.header["kid"])

    def text_claim(self, name: str) -> str:
        """A claim that must be a non-empty string."""
        value = self.claims.get(name)
        if not isinstance(value, str) or not value or not is_storable(value):
            raise BadToken(f"{name} is no text")
        return value

    def time_claim(self, name: str) -> int | None:
        """A NumericDate in whole seconds; None when absent."""
        value = self.claims.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**40:
            raise BadToken(f"{name} is no whole number of seconds")
        return value


def looks_like_token(text: str) -> bool:
    """Whether a credential is three parts of base64url, the first of which opens a JSON object."""
    return text.startswith("eyJ") and text.count(".") == 2


def read_token(text: str, *, types: frozenset[str] = TYPES) -> Token:
    """Take a compact JWS of one of these types apart, strictly."""
    if len(text) > LENGTH_MAX or not _FORM.fullmatch(text):
        raise BadToken("not a compact JWS")
    header, payload, _ = text.split(".")
    token = Token(text, _json_object(header), _json_object(payload))
    _check_header(token.header, types)
    return token


def check_signature(token: Token, key: PublicKey) -> None:
    """Raise unless the token is signed by this key, with this key's algorithm."""
    if token.header["alg"] != key.algorithm:
        raise BadToken("alg is not the key's")
    try:
        jws.deserialize_compact(token.text, key.jose, algorithms=[key.algorithm])
    except (JoseError, ValueError):
        raise BadToken("the signature does not hold") from None


def check_times(token: Token, now: datetime, *, life_seconds_max: int) -> int:
    """When the token ends, if it lives now and never longer than it may."""
    seconds = int(now.timestamp())
    expires, issued, begins = (token.time_claim(name) for name in ("exp", "iat", "nbf"))
    if expires is None:
        raise BadToken("exp is missing")
    if expires <= seconds - SKEW_SECONDS:
        raise BadToken("expired")
    if expires > seconds + life_seconds_max + SKEW_SECONDS:
        raise BadToken("exp is too far away")
    if issued is not None and not expires - life_seconds_max <= issued <= seconds + SKEW_SECONDS:
        raise BadToken("iat does not fit")
    if begins is not None and begins > seconds + SKEW_SECONDS:
        raise BadToken("not to be used yet")
    return expires


def _check_header(header: dict[str, Any], types: frozenset[str]) -> None:
    if header.keys() - _HEADER_MEMBERS:
        # crit, b64, jku, jwk, x5u, x5c and whatever else would tell us how to check.
        raise BadToken("the header has members that we do not take")
    kid, kind = header.get("kid"), header.get("typ", "JWT")
    if not isinstance(header.get("alg"), str):
        raise BadToken("alg is missing")
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise BadToken("kid is missing or odd")
    if not isinstance(kind, str) or kind.lower() not in types:
        raise BadToken("typ is not that of a token")


def _json_object(part: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
            raise BadToken("not canonical base64url")
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_members,
            parse_constant=_constant,
            parse_float=_finite,
        )
    except (binascii.Error, ValueError, RecursionError):
        raise BadToken("not JSON") from None
    if not isinstance(value, dict):
        raise BadToken("not a JSON object")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadToken("a member comes twice")
    return members


def _finite(digits: str) -> float:
    if not math.isfinite(float(digits)):
        raise BadToken("a number is too large")
    return float(digits)


def _constant(name: str) -> NoReturn:
    raise BadToken(f"{name} is not JSON")
