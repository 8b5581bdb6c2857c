"""Client certificates, known by their SHA-256 thumbprint (RFC 8705, `x5t#S256`)."""

from __future__ import annotations

import base64
import re

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

PEM_LENGTH_MAX = 16_384

_HEX = re.compile(r"[0-9A-Fa-f]{64}\Z")
_HEX_IN_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}\Z")
# 32 bytes leave two spare bits in the last character; only one spelling is accepted.
_BASE64URL = re.compile(r"[0-9A-Za-z_-]{42}[048AEIMQUYcgkosw]\Z")
_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END CERTIFICATE-----"


def clean_certificate_hash(text: str) -> str:
    """The thumbprint as 43 characters of base64url.

    Also takes 64 hex characters, with or without colons as OpenSSL prints them; anything else
    raises `ValueError`.
    """
    if _BASE64URL.match(text):
        return text
    if _HEX.match(text) or _HEX_IN_PAIRS.match(text):
        return _base64url(bytes.fromhex(text.replace(":", "")))
    raise ValueError(
        "A certificate hash is the SHA-256 of the DER certificate: 43 characters of base64url "
        "without padding, or 64 of hex."
    )


def thumbprint(pem: str) -> str:
    """SHA-256 of the one certificate in a PEM text, as 43 characters of base64url.

    Raises `ValueError` for anything but exactly one valid CERTIFICATE block. Whether the holder
    proved possession of its private key is the TLS endpoint's to check.
    """
    text = pem.strip(" \t\r\n")
    _refuse_other_blocks(text)
    try:
        certificate = x509.load_pem_x509_certificate(text.encode("ascii"))
    except (ValueError, x509.InvalidVersion):
        # from None: the original error may quote what was sent.
        raise ValueError("The certificate cannot be read: it is damaged or cut.") from None
    return _base64url(certificate.fingerprint(SHA256()))


def _refuse_other_blocks(text: str) -> None:
    if "PRIVATE KEY" in text:
        raise ValueError(
            "This is a private key. Send the certificate, and replace the key: it has left its "
            "owner."
        )
    if len(text) > PEM_LENGTH_MAX:
        raise ValueError(f"A PEM certificate has at most {PEM_LENGTH_MAX} characters.")
    whole = text.startswith(_BEGIN) and text.endswith(_END)
    if not whole or text.count("-----BEGIN") != 1 or text.count("-----END") != 1:
        raise ValueError(
            "Send exactly one PEM block, from -----BEGIN CERTIFICATE----- to "
            "-----END CERTIFICATE-----; of a chain, only the client's own."
        )


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
