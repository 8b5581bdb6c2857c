"""Tokens of every wrong kind as credentials: 401 with the one challenge, and nothing is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.test import Client
from joserfc import jws, jwt
from joserfc.jwk import OKPKey, RSAKey

from clients.operations import (
    delete_access_key,
    delete_client,
    issue_token,
    request_access_key,
    revise_client,
    revoke_token,
)
from tests.clients.machines import ISSUER, SYSTEM, Machine, machine

pytestmark = pytest.mark.django_db


def b64(raw: bytes | str | dict[str, Any]) -> str:
    data = json.dumps(raw) if isinstance(raw, dict) else raw
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def head(it: Machine, **changes: Any) -> dict[str, Any]:
    plain = {"alg": "EdDSA", "kid": it.key_id, "typ": "JWT", **changes}
    return {name: value for name, value in plain.items() if value is not None}


def signed(it: Machine, header: dict[str, Any] | str, claims: dict[str, Any] | str | bytes) -> str:
    """Signed with the right key, whatever stands in it."""
    whole = f"{b64(header)}.{b64(claims)}"
    key: Any = it.private_key.private_key
    return f"{whole}.{b64(key.sign(whole.encode()))}"


def unsigned(it: Machine, alg: str = "none") -> str:
    return f"{b64(head(it, alg=alg))}.{b64(it.claims())}."


def hs256(it: Machine, secret: bytes) -> str:
    whole = f"{b64(head(it, alg='HS256'))}.{b64(it.claims())}"
    return f"{whole}.{b64(hmac.digest(secret, whole.encode(), hashlib.sha256))}"


def public_bytes(it: Machine) -> bytes:
    x: Any = it.private_key.as_dict(private=False)["x"]
    return base64.urlsafe_b64decode(x + "=")


def rs256(it: Machine) -> str:
    key = RSAKey.import_key(generate_private_key(65_537, 2048))
    return jwt.encode(head(it, alg="RS256"), it.claims(), key, algorithms=["RS256"])


def stranger(it: Machine, **header: Any) -> str:
    key = OKPKey.generate_key("Ed25519")
    return jws.serialize_compact(
        head(it, **header), json.dumps(it.claims()), key, algorithms=["EdDSA"]
    )


def duplicate(it: Machine) -> str:
    text = json.dumps(it.claims())
    return signed(it, head(it), text[:-1] + ', "sub": "sc_other"}')


def duplicate_in_header(it: Machine) -> str:
    return signed(it, json.dumps(head(it))[:-1] + ', "alg": "none"}', it.claims())


def other_machine(it: Machine) -> str:
    """Signed by one client in the name of another, under the other's key id."""
    other = machine()
    return signed(other, head(it), it.claims())


def others_kid(it: Machine) -> str:
    other = machine()
    return signed(other, head(other), it.claims())


def cut(it: Machine) -> str:
    return it.token()[:-4]


def altered(it: Machine) -> str:
    header, _, signature = it.token().split(".")
    return f"{header}.{b64(it.claims(exp=int(time.time()) + 3000))}.{signature}"


def ours(it: Machine, **changes: Any) -> str:
    """As if the service had issued it, signed by the client."""
    plain = {"iss": ISSUER, "jti": "tok_x", "scope": "*"}
    return it.token({"typ": "at+jwt"}, **{**plain, **changes})


def revoked(it: Machine) -> str:
    grant = issue_token(it.client).token.reveal()
    claims = json.loads(base64.urlsafe_b64decode(grant.split(".")[1] + "=="))
    revoke_token(it.client, claims["jti"], claims["exp"], actor=SYSTEM)
    return grant


def of_a_deleted_client(it: Machine) -> str:
    token = it.token()
    delete_client(SYSTEM, it.client_id)
    return token


def of_a_deleted_key(it: Machine) -> str:
    token = it.token()
    delete_access_key(SYSTEM, it.client_id, it.key_id)
    return token


def of_a_disabled_client(it: Machine) -> str:
    token = it.token()
    revise_client(SYSTEM, it.client_id, enabled=False)
    return token


def issued_to_a_disabled_client(it: Machine) -> str:
    token = issue_token(it.client).token.reveal()
    revise_client(SYSTEM, it.client_id, enabled=False)
    return token


def bound(it: Machine) -> str:
    return issue_token(it.client, thumbprint="A" * 43).token.reveal()


NOW = int(time.time())
FORGERIES: dict[str, Callable[[Machine], str]] = {
    "alg none": unsigned,
    "alg None": lambda it: unsigned(it, "None"),
    "alg nOnE": lambda it: unsigned(it, "nOnE"),
    "alg empty": lambda it: unsigned(it, ""),
    "HS256 with the raw public key": lambda it: hs256(it, public_bytes(it)),
    "HS256 with the public key as text": lambda it: hs256(it, it.key_id.encode()),
    "HS256 with an empty secret": lambda it: hs256(it, b""),
    "RS256 with a key of its own": rs256,
    "EdDSA with a key of its own": stranger,
    "alg EdDSA in lower case": lambda it: signed(it, head(it, alg="eddsa"), it.claims()),
    "alg Ed448": lambda it: signed(it, head(it, alg="Ed448"), it.claims()),
    "alg missing": lambda it: signed(it, head(it, alg=None), it.claims()),
    "alg a list": lambda it: signed(it, head(it, alg=["EdDSA"]), it.claims()),
    "kid missing": lambda it: signed(it, head(it, kid=None), it.claims()),
    "kid unknown": lambda it: signed(it, head(it, kid="acc_unknown"), it.claims()),
    "kid a path": lambda it: signed(it, head(it, kid="../../dev/null"), it.claims()),
    "kid with SQL": lambda it: signed(it, head(it, kid="' OR 1=1 --"), it.claims()),
    "kid a URL": lambda it: signed(it, head(it, kid="https://evil.example/k"), it.claims()),
    "kid a number": lambda it: signed(it, head(it, kid=1), it.claims()),
    "kid of another client": others_kid,
    "another client's signature": other_machine,
    "jku": lambda it: signed(it, head(it, jku="https://evil.example/jwks"), it.claims()),
    "x5u": lambda it: signed(it, head(it, x5u="https://evil.example/x5u"), it.claims()),
    "jwk": lambda it: stranger(it, jwk=it.private_key.as_dict(private=False)),
    "x5c": lambda it: signed(it, head(it, x5c=["MIIB"]), it.claims()),
    "crit unknown": lambda it: signed(it, head(it, crit=["exp"]), it.claims()),
    "crit empty": lambda it: signed(it, head(it, crit=[]), it.claims()),
    "b64 false": lambda it: signed(it, head(it, crit=["b64"], b64=False), it.claims()),
    "zip": lambda it: signed(it, head(it, zip="DEF"), it.claims()),
    "typ of another thing": lambda it: signed(it, head(it, typ="secevent+jwt"), it.claims()),
    "typ a number": lambda it: signed(it, head(it, typ=1), it.claims()),
    "a claim twice": duplicate,
    "alg twice": duplicate_in_header,
    "exp missing": lambda it: it.token(exp=None),
    "exp past": lambda it: it.token(iat=NOW - 7200, exp=NOW - 3600),
    "exp far away": lambda it: it.token(exp=int(time.time()) + 10 * 365 * 86_400),
    "exp beyond a day": lambda it: it.token(exp=int(time.time()) + 86_400 + 600),
    "exp a text": lambda it: it.token(exp=str(int(time.time()) + 60)),
    "exp a fraction": lambda it: signed(it, head(it), it.claims(exp=time.time() + 60.5)),
    "exp true": lambda it: signed(it, head(it), it.claims(exp=True)),
    "exp huge": lambda it: signed(it, head(it), it.claims(exp=10**30)),
    "exp NaN": lambda it: signed(
        it, head(it), json.dumps(it.claims(exp=0)).replace('"exp": 0', '"exp": NaN')
    ),
    "iat in the future": lambda it: it.token(iat=int(time.time()) + 600),
    "nbf in the future": lambda it: it.token(nbf=int(time.time()) + 600),
    "iss missing": lambda it: it.token(iss=None),
    "iss of another host": lambda it: it.token(
        iss=f"https://evil.example/v1/clients/{it.client_id}"
    ),
    "iss with our host as a prefix": lambda it: it.token(
        iss=f"{ISSUER}.evil.example/v1/clients/{it.client_id}"
    ),
    "iss with our host as user": lambda it: it.token(
        iss=f"http://testserver@evil.example/v1/clients/{it.client_id}"
    ),
    "iss with a query": lambda it: it.token(iss=f"{ISSUER}/v1/clients/{it.client_id}?a=b"),
    "iss with a line break": lambda it: it.token(iss=f"{ISSUER}/v1/clients/{it.client_id}\n"),
    "iss of another client": lambda it: it.token(iss=f"{ISSUER}/v1/clients/sc_other"),
    "iss a list": lambda it: signed(it, head(it), it.claims(iss=[ISSUER])),
    "sub missing": lambda it: it.token(sub=None),
    "sub another": lambda it: it.token(sub="sc_other"),
    "sub a number": lambda it: signed(it, head(it), it.claims(sub=1)),
    "client_id another": lambda it: it.token(client_id="sc_other"),
    "in the service's name": ours,
    "in the service's name, under its kid": lambda it: ours(it, sub=it.client_id),
    "claims not an object": lambda it: signed(it, head(it), "[1]"),
    "claims not JSON": lambda it: signed(it, head(it), "{"),
    "claims not UTF-8": lambda it: signed(it, head(it), b"\xff\xfe"),
    "claims deeply nested": lambda it: signed(it, head(it), "[" * 2000 + "]" * 2000),
    "padding": lambda it: it.token() + "==",
    "four parts": lambda it: it.token() + ".x",
    "signature cut": cut,
    "claims altered": altered,
    "signature of another alphabet": lambda it: it.token().rsplit(".", 1)[0] + ".!!!!",
    "very long": lambda it: it.token(pad="x" * 9000),
    "revoked": revoked,
    "of a deleted client": of_a_deleted_client,
    "of a deleted key": of_a_deleted_key,
    "of a disabled client": of_a_disabled_client,
    "issued to a disabled client": issued_to_a_disabled_client,
    "bound to a certificate that is not there": bound,
    "signed by the client, bound to a certificate": lambda it: it.token(cnf={"x5t#S256": "A" * 43}),
    "made for another audience": lambda it: issue_token(
        it.client, audience="https://other.example/"
    ).token.reveal(),
    "sub with NUL": lambda it: signed(it, head(it), it.claims(sub="\0")),
    "iss with a surrogate": lambda it: signed(it, head(it), it.claims(iss="\ud800")),
    "a number beyond all": lambda it: signed(
        it, head(it), json.dumps(it.claims(aud=0)).replace('"aud": 0', '"aud": 1e999')
    ),
}


def ask(token: str) -> Any:
    return Client().get("/api/v1/clients", headers={"Authorization": f"Bearer {token}"})


def test_there_are_more_than_forty() -> None:
    assert len(FORGERIES) >= 40


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused_like_every_other(forgery: str) -> None:
    it = machine()
    answer = ask(FORGERIES[forgery](it))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="keyservice", error="invalid_token"'
    )
    assert answer.json()["code"] == "authentication_failed"


def test_the_true_one_is_taken() -> None:
    it = machine()
    assert ask(it.token()).status_code == 200
    assert ask(it.token({"typ": "at+jwt"}, client_id=None, scope="openid")).status_code == 200
    assert ask(issue_token(it.client).token.reveal()).status_code == 200
    double = it.token(iss=f"{ISSUER}//v1/clients/{it.client_id}")
    assert ask(double).status_code == 200, "Authress' bare provider writes two slashes"


def test_a_second_key_of_the_client_is_as_good(settings: Any) -> None:
    it = machine()
    assert request_access_key(SYSTEM, it.client_id).key.public_id != it.key_id
    assert ask(it.token()).status_code == 200
