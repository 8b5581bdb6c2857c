from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.certificates import clean_certificate_hash, thumbprint

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def make_certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    start = datetime(2030, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(KEY.public_key()).serial_number(7)
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=1))
    return builder.sign(KEY, None)


CERTIFICATE = make_certificate()
DER = CERTIFICATE.public_bytes(Encoding.DER)
PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()
DIGEST = hashlib.sha256(DER).digest()
EXPECTED = base64.urlsafe_b64encode(DIGEST).decode().rstrip("=")
PRIVATE_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def pem_of(der: bytes) -> str:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    "text",
    [
        EXPECTED,
        DIGEST.hex(),
        DIGEST.hex().upper(),
        DIGEST.hex(":"),
        DIGEST.hex(":").upper(),
    ],
)
def test_every_accepted_spelling_of_a_hash_becomes_base64url(text: str) -> None:
    assert clean_certificate_hash(text) == EXPECTED


@given(st.binary(min_size=32, max_size=32))
def test_every_hash_keeps_its_value(digest: bytes) -> None:
    text = base64.urlsafe_b64encode(digest).decode().rstrip("=")

    assert clean_certificate_hash(text) == text
    assert clean_certificate_hash(digest.hex()) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        EXPECTED[:-1],
        EXPECTED + "=",
        EXPECTED + "\n",
        " " + EXPECTED,
        "A" * 42 + "B",
        "A" * 42 + "+",
        "ü" * 43,
        DIGEST.hex()[:-1],
        DIGEST.hex() + "0",
        "g" * 64,
        DIGEST.hex("-"),
        hashlib.sha1(DER, usedforsecurity=False).hexdigest(),
    ],
)
def test_what_is_not_a_sha256_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="43 characters of base64url"):
        clean_certificate_hash(text)


@pytest.mark.parametrize("pem", [PEM, f"\r\n {PEM}\n\n", PEM.replace("\n", "\r\n")])
def test_the_thumbprint_is_sha256_of_the_der_certificate(pem: str) -> None:
    assert thumbprint(pem) == EXPECTED


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        (PRIVATE_PEM, "private key"),
        (PEM + PRIVATE_PEM, "private key"),
        (PUBLIC_PEM, "exactly one PEM block"),
        (PEM + PEM, "exactly one PEM block"),
        (PEM + PUBLIC_PEM + PEM, "exactly one PEM block"),
        ("junk\n" + PEM, "exactly one PEM block"),
        (PEM + "junk", "exactly one PEM block"),
        ("", "exactly one PEM block"),
        (EXPECTED, "exactly one PEM block"),
        (PEM.replace("CERTIFICATE", "TRUSTED CERTIFICATE"), "exactly one PEM block"),
        (PEM.replace("-----END CERTIFICATE-----", ""), "exactly one PEM block"),
        (PEM + "x" * 20_000, "at most 16384 characters"),
        (PEM.replace("M", "ü", 1), "damaged or cut"),
        (PEM.replace("M", "\ud800", 1), "damaged or cut"),
        (pem_of(b""), "damaged or cut"),
        (pem_of(b"not a certificate"), "damaged or cut"),
        (pem_of(DER[:-1]), "damaged or cut"),
        (pem_of(DER + b"\0"), "damaged or cut"),
    ],
)
def test_anything_but_one_valid_certificate_is_refused(pem: str, reason: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the reason is checked below
        thumbprint(pem)

    assert reason in str(raised.value)


def test_no_refusal_quotes_what_was_sent() -> None:
    with pytest.raises(ValueError, match="This is a private key") as raised:
        thumbprint(PRIVATE_PEM)

    assert PRIVATE_PEM.splitlines()[1] not in str(raised.value)


# Some bits make it a certificate that the library reads now and will refuse one day.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.integers(0, len(DER) * 8 - 1))
def test_a_certificate_with_a_flipped_bit_is_refused_or_another_one(bit: int) -> None:
    changed = bytearray(DER)
    changed[bit // 8] ^= 1 << (bit % 8)

    try:
        found = thumbprint(pem_of(bytes(changed)))
    except ValueError:
        return
    assert found != EXPECTED
