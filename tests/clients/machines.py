"""A client with a key pair in hand, and tokens that it signs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from apikeys.operations import Actor
from clients.models import ServiceClient
from clients.operations import create_client, request_access_key

ISSUER = "http://testserver"
SYSTEM = Actor.system("tests")


@dataclass(frozen=True)
class Machine:
    """A stored client, and the private half of one of its keys."""

    client: ServiceClient
    key_id: str
    private_key: OKPKey
    client_secret: str
    access_key: str

    @property
    def client_id(self) -> str:
        return str(self.client.public_id)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Those of Authress' client; None takes one out."""
        now = int(time.time())
        plain = {
            "iss": f"{ISSUER}/v1/clients/{self.client_id}",
            "sub": self.client_id,
            "client_id": self.client_id,
            "aud": "account.accounts.authress.io",
            "iat": now,
            "exp": now + 86_400,
            "scopes": "openId",
        }
        return {name: it for name, it in {**plain, **changes}.items() if it is not None}

    def token(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Signed by the client itself."""
        head = {"alg": "EdDSA", "kid": self.key_id, "typ": "JWT", **(header or {})}
        return jwt.encode(head, self.claims(**changes), self.private_key, algorithms=["EdDSA"])

    def assertion(self, **changes: Any) -> str:
        """For the token endpoint, good for two minutes."""
        now = int(time.time())
        plain = {
            "iss": self.client_id,
            "aud": f"{ISSUER}/oauth/token",
            "jti": f"jti-{time.time_ns()}",
            "exp": now + 120,
            "scopes": None,
            "client_id": None,
        }
        return self.token(**{**plain, **changes})


def machine(**attributes: Any) -> Machine:
    """A client with its first access key."""
    client = create_client(SYSTEM, {"scopes": ["clients:read"], **attributes})
    made = request_access_key(SYSTEM, client.public_id)
    assert made.access_key is not None
    assert made.client_secret is not None
    text = made.access_key.reveal()
    pem = f"-----BEGIN PRIVATE KEY-----\n{text.split('.')[3]}\n-----END PRIVATE KEY-----\n"
    return Machine(
        client, made.key.public_id, OKPKey.import_key(pem), made.client_secret.reveal(), text
    )
