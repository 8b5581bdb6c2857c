"""The answers of the endpoints, and the documents that describe them."""

from __future__ import annotations

from typing import Any

from clients.conf import settings
from clients.oauth.proofs import METHODS
from clients.operations.bearers import Bearer
from clients.operations.tokens import Grant

_DESCRIBED = ("iss", "sub", "aud", "iat", "exp", "nbf", "jti", "cnf")


def granted(grant: Grant) -> dict[str, Any]:
    """A successful answer of the token endpoint (RFC 6749, 5.1)."""
    return {
        "access_token": grant.token.reveal(),
        "token_type": "Bearer",
        "expires_in": grant.expires_in,
        "scope": " ".join(grant.scopes),
    }


def described(bearer: Bearer) -> dict[str, Any]:
    """An active token (RFC 7662, 2.2). `scope` is what it still opens."""
    claims = bearer.token.claims
    return {
        "active": True,
        "token_type": "Bearer",
        "client_id": bearer.client.public_id,
        "scope": " ".join(bearer.scopes),
        **{name: claims[name] for name in _DESCRIBED if name in claims},
    }


def metadata() -> dict[str, Any]:
    """The authorization server (RFC 8414); under OpenID's name too, where some look for it."""
    issuer = settings.ISSUERS[0]
    signing = ["EdDSA", "ES256", "ES384", "RS256"]
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "jwks_uri": f"{issuer}/.well-known/openid-configuration/jwks",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "tls_client_certificate_bound_access_tokens": True,
        **{
            f"{endpoint}_endpoint_auth_methods_supported": list(METHODS)
            for endpoint in ("token", "introspection", "revocation")
        },
        **{
            f"{endpoint}_endpoint_auth_signing_alg_values_supported": signing
            for endpoint in ("token", "introspection", "revocation")
        },
    }
