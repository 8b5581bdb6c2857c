"""New key pairs, and the one text in which Authress' clients take the private half."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from apikeys.domain.secret import Secret
from clients.domain.public_keys import PublicKey


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An Ed25519 pair. `private` is base64 of its PKCS #8 DER: 64 characters."""

    private: Secret
    public: PublicKey


def new_pair() -> KeyPair:
    """A fresh pair. Nothing of the private half is kept anywhere."""
    key = Ed25519PrivateKey.generate()
    pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    public = PublicKey(base64.b64encode(spki).decode("ascii"), "EdDSA")
    return KeyPair(Secret(base64.b64encode(pkcs8).decode("ascii")), public)


def private_pem(private: Secret) -> Secret:
    """The private half as PEM, for JOSE."""
    key = load_der_private_key(base64.b64decode(private.reveal()), password=None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Secret(pem.decode("ascii"))


def access_key_text(client_id: str, key_id: str, account_id: str, private: Secret) -> Secret:
    """`<client id>.<key id>.<account id>.<private key>`: all that a client needs to sign."""
    return Secret(f"{client_id}.{key_id}.{account_id}.{private.reveal()}")
