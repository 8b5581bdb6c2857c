"""Public keys that clients bring: one strong key in, or a reason why not.

A key fixes the one algorithm that its tokens may be signed with; what a token says of itself is
never asked.
"""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from typing import Any, Final, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from joserfc.jwk import Key, import_key

from apikeys.domain.kinds import BadValue

TEXT_LENGTH_MAX = 8_192
RSA_BITS = range(3072, 8193)
RSA_EXPONENT = 65_537

_FERMAT_STEPS = 100
_SMALL_PRIMES = math.prod(
    number for number in range(3, 1_000, 2) if all(number % it for it in range(3, number, 2))
)
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
_KINDS: Final[dict[str, Literal["RSA", "EC", "OKP"]]] = {
    "EdDSA": "OKP",
    "ES256": "EC",
    "ES384": "EC",
    "RS256": "RSA",
}
_CURVES = {SECP256R1.name: "ES256", SECP384R1.name: "ES384"}
# The points of small order (RFC 7748, section 7, and its siblings): a signature under one of them
# can be made by anybody.
_SMALL_ORDER = frozenset(
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "00" * 31 + "80",
        "01" + "00" * 30 + "80",
        "ec" + "ff" * 31,
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "ed" + "ff" * 31,
        "ee" + "ff" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as it is stored: SPKI in base64, and the JOSE algorithm of its signatures."""

    spki: str
    algorithm: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the SPKI, 64 hex digits."""
        return hashlib.sha256(base64.b64decode(self.spki)).hexdigest()

    @property
    def jose(self) -> Key:
        """The key as joserfc takes it."""
        return import_key(pem_of(self.spki), _KINDS[self.algorithm])

    def as_jwk(self, kid: str) -> dict[str, Any]:
        """The public JWK (RFC 7517) under a key id."""
        members = self.jose.as_dict(private=False)
        return {**members, "kid": kid, "alg": self.algorithm, "use": "sig"}


def read_public_key(text: object) -> PublicKey:
    """A key in base64 of its DER (SPKI) or in one PEM block. Raises `BadValue`, naming why."""
    if not isinstance(text, str):
        raise BadValue("not_text", "Give the public key as a string.")
    if len(text) > TEXT_LENGTH_MAX:
        raise BadValue("too_long", f"A public key has at most {TEXT_LENGTH_MAX} characters.")
    if "PRIVATE KEY" in text:
        raise _private_key()
    key = _loaded(_der_of(text.strip(" \t\r\n")))
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(base64.b64encode(spki).decode("ascii"), _algorithm_of(key))


def pem_of(spki: str) -> str:
    """Base64 of an SPKI as PEM."""
    lines = [spki[at : at + 64] for at in range(0, len(spki), 64)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def _der_of(text: str) -> bytes:
    if "-----" in text:
        whole = text.startswith(_BEGIN) and text.endswith(_END)
        if not whole or text.count("-----BEGIN") != 1 or text.count("-----END") != 1:
            raise BadValue("not_one_key", f"Send exactly one PEM block, {_BEGIN}.")
        text = text.removeprefix(_BEGIN).removesuffix(_END)
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise BadValue(
            "not_base64", "Give the key as base64 of its DER form (SPKI), or as PEM."
        ) from None


def _loaded(der: bytes) -> Any:
    try:
        return load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        # from None: the original error may quote what was sent.
        if _is_private(der):
            raise _private_key() from None
        raise BadValue("not_a_public_key", "This is not a public key in SPKI form.") from None


def _is_private(der: bytes) -> bool:
    try:
        load_der_private_key(der, password=None)
    except TypeError:  # encrypted
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _private_key() -> BadValue:
    return BadValue(
        "private_key",
        "This is a private key. Send the public one, and replace the pair: it has left its owner.",
    )


def _algorithm_of(key: Any) -> str:
    match key:
        case Ed25519PublicKey():
            return _ed25519(key)
        case EllipticCurvePublicKey():
            return _elliptic(key)
        case RSAPublicKey():
            return _rsa(key)
        case _:
            raise BadValue("wrong_kind", "Take a key of Ed25519, P-256, P-384 or RSA.")


def _ed25519(key: Ed25519PublicKey) -> str:
    point = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    if point in _SMALL_ORDER:
        raise BadValue("weak_key", "This point of Ed25519 is of small order. Make a new key pair.")
    if not _is_on_edwards25519(point):
        raise BadValue("not_a_public_key", "This point is not on the curve of Ed25519.")
    return "EdDSA"


def _is_on_edwards25519(point: bytes) -> bool:
    """Whether x² = (y² - 1) / (d y² + 1) has a solution (RFC 8032, 5.1.3)."""
    p = 2**255 - 19
    y = int.from_bytes(point, "little") & (2**255 - 1)
    d = -121_665 * pow(121_666, -1, p) % p
    square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
    return y < p and pow(square, (p - 1) // 2, p) in (0, 1)


def _elliptic(key: EllipticCurvePublicKey) -> str:
    algorithm = _CURVES.get(key.curve.name)
    if algorithm is None:
        raise BadValue("wrong_curve", "Take Ed25519, P-256 or P-384.")
    return algorithm


def _rsa(key: RSAPublicKey) -> str:
    numbers = key.public_numbers()
    if key.key_size not in RSA_BITS:
        detail = f"An RSA key has {RSA_BITS.start} to {RSA_BITS.stop - 1} bits; better, Ed25519."
        raise BadValue("weak_key", detail)
    if numbers.e != RSA_EXPONENT or numbers.n % 2 == 0:
        raise BadValue("weak_key", f"An RSA key has an odd modulus and exponent {RSA_EXPONENT}.")
    if _is_easily_factored(numbers.n):
        raise BadValue("weak_key", "The modulus of this RSA key can be factored. Make a new pair.")
    return "RS256"


def _is_easily_factored(modulus: int) -> bool:
    """Whether it has a small factor, or two that are close to one another (Fermat)."""
    if math.gcd(modulus, _SMALL_PRIMES) != 1:
        return True
    middle = math.isqrt(modulus)
    for step in range(_FERMAT_STEPS):
        rest = (middle + step) ** 2 - modulus
        if rest >= 0 and math.isqrt(rest) ** 2 == rest:
            return True
    return False
