"""What callers prove who they are with, beside the key: certificates and signatures.

Both are made by hand from the standards, so that the service is not checked by its own code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

BODY = b'{"amount": 1}'
URL = "https://api.example.com/orders?limit=1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A client certificate and its SHA-256 in both spellings."""

    pem: str
    thumbprint: str
    hex_thumbprint: str


def certificate() -> Certificate:
    """A fresh self-signed one."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=3650))
        .sign(key, None)
    )
    sha256 = hashlib.sha256(made.public_bytes(Encoding.DER)).digest()
    return Certificate(
        pem=made.public_bytes(Encoding.PEM).decode(),
        thumbprint=base64.urlsafe_b64encode(sha256).rstrip(b"=").decode(),
        hex_thumbprint=sha256.hex(),
    )


def signed_request(secret: str) -> dict[str, Any]:
    """A request signed with `secret` as RFC 9421 says, as `signed_request` of a verify."""
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    content_digest = f"sha-256=:{digest}:"
    created = int(datetime.now(UTC).timestamp())
    covered = '("@method" "@target-uri" "content-digest")'
    parameters = f'{covered};created={created};keyid="mine";alg="hmac-sha256"'
    signed = (
        f'"@method": POST\n"@target-uri": {URL}\n"content-digest": {content_digest}\n'
        f'"@signature-params": {parameters}'
    )
    signature = hmac.digest(secret.encode(), signed.encode(), "sha256")
    return {
        "method": "POST",
        "url": URL,
        "headers": {
            "Content-Digest": content_digest,
            "Signature-Input": f"sig={parameters}",
            "Signature": f"sig=:{base64.b64encode(signature).decode()}:",
        },
        "body": base64.b64encode(BODY).decode(),
    }
