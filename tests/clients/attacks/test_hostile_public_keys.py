"""Public keys that are none, too weak, or something else: 400 with the reason, nothing stored."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import (
    dsa,
    ec,
    ed448,
    ed25519,
    rsa,
    x25519,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.test import Client

from apikeys.domain.kinds import BadValue
from apikeys.models import AuditEvent
from apikeys.operations import issue_key
from clients.domain.public_keys import read_public_key
from clients.models import AccessKey, ServiceClient
from clients.operations import create_client
from tests.clients.machines import SYSTEM

pytestmark = pytest.mark.django_db


def der(key: Any) -> bytes:
    raw: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return raw


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def pem(key: Any) -> str:
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def private(key: Any, kind: Any = PrivateFormat.PKCS8, how: Any = None) -> str:
    text: bytes = key.private_bytes(Encoding.PEM, kind, how or NoEncryption())
    return text.decode()


def good() -> Any:
    return ed25519.Ed25519PrivateKey.generate()


def raw_ed25519(point: str) -> str:
    return b64(bytes.fromhex("302a300506032b6570032100") + bytes.fromhex(point))


def small_exponent() -> str:
    return b64(der(rsa.generate_private_key(3, 3072)))


def even_modulus() -> str:
    numbers = rsa.generate_private_key(65_537, 3072).public_key().public_numbers()
    raw = der_of_rsa(numbers.n - 1, 65_537)
    return b64(raw)


def der_of_rsa(n: int, e: int) -> bytes:
    def integer(value: int) -> bytes:
        body = value.to_bytes(value.bit_length() // 8 + 1, "big")
        return b"\x02" + length(len(body)) + body

    def length(size: int) -> bytes:
        if size < 128:
            return bytes([size])
        raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes([0x80 | len(raw)]) + raw

    def tagged(tag: int, body: bytes) -> bytes:
        return bytes([tag]) + length(len(body)) + body

    key = tagged(0x30, integer(n) + integer(e))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return tagged(0x30, algorithm + tagged(0x03, b"\x00" + key))


def off_curve() -> str:
    raw = bytearray(der(ec.generate_private_key(ec.SECP256R1())))
    raw[-1] ^= 1
    return b64(bytes(raw))


HOSTILE: dict[str, tuple[Callable[[], object], str]] = {
    "empty": (lambda: "", "not_a_public_key"),
    "blank": (lambda: "   ", "not_a_public_key"),
    "a number": (lambda: 1, "not_text"),
    "a list": (lambda: [b64(der(good()))], "not_text"),
    "an object": (lambda: {"kty": "OKP"}, "not_text"),
    "not base64": (lambda: "§§§", "not_base64"),
    "words": (lambda: "my public key", "not_base64"),
    "base64url": (lambda: b64(der(good()))[:-2] + "-_", "not_base64"),
    "cut": (lambda: b64(der(good())[:-4]), "not_a_public_key"),
    "with a tail": (lambda: b64(der(good()) + b"x"), "not_a_public_key"),
    "random bytes": (lambda: b64(b"\x30\x82" + b"\x00" * 60), "not_a_public_key"),
    "raw 32 bytes": (lambda: b64(b"\x11" * 32), "not_a_public_key"),
    "ASN.1 that promises gigabytes": (
        lambda: b64(bytes.fromhex("3084ffffffff")),
        "not_a_public_key",
    ),
    "RSA of 1024 bits": (lambda: b64(der_of_rsa(2**1023 + 1, 65_537)), "weak_key"),
    "RSA of 2048 bits": (lambda: b64(der(rsa.generate_private_key(65_537, 2048))), "weak_key"),
    "RSA of 3071 bits": (lambda: b64(der_of_rsa(2**3070 + 1, 65_537)), "weak_key"),
    "RSA of 16384 bits": (lambda: b64(der_of_rsa(2**16_383 + 1, 65_537)), "weak_key"),
    "RSA with exponent 3": (small_exponent, "weak_key"),
    "RSA with an even modulus": (even_modulus, "weak_key|not_a_public_key"),
    "RSA with exponent 1": (lambda: b64(der_of_rsa(2**3071 + 1, 1)), "weak_key|not_a_public_key"),
    "P-521": (lambda: b64(der(ec.generate_private_key(ec.SECP521R1()))), "wrong_curve"),
    "P-224": (lambda: b64(der(ec.generate_private_key(ec.SECP224R1()))), "wrong_curve"),
    "secp256k1": (lambda: b64(der(ec.generate_private_key(ec.SECP256K1()))), "wrong_curve"),
    "brainpool": (lambda: b64(der(ec.generate_private_key(ec.BrainpoolP256R1()))), "wrong_curve"),
    "a point off the curve": (off_curve, "not_a_public_key"),
    "X25519": (lambda: b64(der(x25519.X25519PrivateKey.generate())), "wrong_kind"),
    "Ed448": (lambda: b64(der(ed448.Ed448PrivateKey.generate())), "wrong_kind"),
    "DSA": (lambda: b64(der(dsa.generate_private_key(2048))), "wrong_kind"),
    "Ed25519 of order 1": (lambda: raw_ed25519("01" + "00" * 31), "weak_key"),
    "Ed25519 of order 2": (lambda: raw_ed25519("ec" + "ff" * 30 + "7f"), "weak_key"),
    "Ed25519 of order 4": (lambda: raw_ed25519("00" * 32), "weak_key"),
    "Ed25519 of order 8": (
        lambda: raw_ed25519("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        "weak_key",
    ),
    "a private key in PEM": (lambda: private(good()), "private_key"),
    "a private key in base64": (
        lambda: b64(good().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        "private_key",
    ),
    "an old RSA private key": (
        lambda: private(rsa.generate_private_key(65_537, 2048), PrivateFormat.TraditionalOpenSSL),
        "private_key",
    ),
    "an OpenSSH private key": (lambda: private(good(), PrivateFormat.OpenSSH), "private_key"),
    "an encrypted private key": (
        lambda: private(good(), how=BestAvailableEncryption(b"password")),
        "private_key",
    ),
    "an encrypted private key in base64": (
        lambda: b64(
            good().private_bytes(
                Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
            )
        ),
        "private_key|not_a_public_key",
    ),
    "two keys": (lambda: pem(good()) + pem(good()), "not_one_key"),
    "a key behind a certificate": (
        lambda: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n" + pem(good()),
        "not_one_key",
    ),
    "a certificate": (
        lambda: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----",
        "not_one_key",
    ),
    "words before the block": (lambda: "here it is: " + pem(good()), "not_one_key"),
    "PKCS #1": (
        lambda: (
            rsa.generate_private_key(65_537, 3072)
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.PKCS1)
            .decode()
        ),
        "not_one_key",
    ),
    "OpenSSH": (
        lambda: good().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        "not_base64",
    ),
    "9000 characters": (lambda: "A" * 9000, "too_long"),
}


def post(path: str, body: dict[str, Any], secret: str) -> Any:
    return Client().post(
        path, body, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )


def maker() -> str:
    made = issue_key(
        SYSTEM, name="maker", key_type="management", scopes=["clients:read", "clients:write"]
    )
    assert made.secret is not None
    return made.secret.reveal()


def test_there_are_more_than_thirty() -> None:
    assert len(HOSTILE) >= 30


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_key_is_refused_by_both_surfaces_and_nothing_is_stored(hostile: str) -> None:
    make, code = HOSTILE[hostile]
    client, secret, given = create_client(SYSTEM), maker(), make()
    events = AuditEvent.objects.count()
    native = post(f"/api/v1/clients/{client.public_id}/access_keys", {"public_key": given}, secret)
    assert native.status_code == 400
    [error] = native.json()["errors"]
    assert error["pointer"] == "/public_key"
    assert error["code"] in code.split("|")
    authress = post(f"/v1/clients/{client.public_id}/access-keys", {"publicKey": given}, secret)
    assert authress.status_code == 400
    assert "publicKey" in authress.json()["title"]
    assert not AccessKey.objects.exists()
    assert AuditEvent.objects.count() == events


def test_a_key_of_a_megabyte_is_too_much(client: Client) -> None:
    made, secret = create_client(SYSTEM), maker()
    path = f"/api/v1/clients/{made.public_id}/access_keys"
    assert post(path, {"public_key": "A" * 2**20}, secret).status_code == 413


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (good, "EdDSA"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (lambda: ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (lambda: rsa.generate_private_key(65_537, 3072), "RS256"),
    ],
    ids=["Ed25519", "P-256", "P-384", "RSA"],
)
@pytest.mark.parametrize("form", [lambda key: b64(der(key)), pem], ids=["base64", "PEM"])
def test_a_good_key_is_taken_in_both_forms_and_nothing_private_is_made(
    make: Callable[[], Any], form: Callable[[Any], str], algorithm: str
) -> None:
    client, secret = create_client(SYSTEM), maker()
    answer = post(
        f"/api/v1/clients/{client.public_id}/access_keys", {"public_key": form(make())}, secret
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["algorithm"] == algorithm
    assert "access_key" not in made
    assert "client_secret" not in made
    assert ServiceClient.objects.get().active_keys[0].as_jwk()["alg"] == algorithm


def test_a_client_has_a_public_key_once_and_learns_nothing_of_others() -> None:
    first, second, secret = create_client(SYSTEM), create_client(SYSTEM), maker()
    body = {"public_key": pem(good())}
    path = f"/api/v1/clients/{first.public_id}/access_keys"
    assert post(path, body, secret).status_code == 201
    again = post(path, body, secret)
    assert (again.status_code, again.json()["code"]) == (409, "access_key_exists")
    other = post(f"/api/v1/clients/{second.public_id}/access_keys", body, secret)
    assert other.status_code == 201


def test_moduli_that_are_easily_taken_apart_are_refused() -> None:
    prime = rsa.generate_private_key(65_537, 3072).private_numbers().p
    for modulus in (prime * prime, prime * (prime + 2), prime * prime * 3):
        with pytest.raises(BadValue, match="modulus"):
            read_public_key(b64(der_of_rsa(modulus | 1, 65_537)))


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    with pytest.raises(BadValue, match="curve"):
        read_public_key(raw_ed25519("02" + "00" * 31))
