"""Authlib's OAuth2 session from discovered metadata alone; PyJWT reads what it gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import OKPKey

from tests.service import Service

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")


@dataclass(frozen=True)
class Machine:
    """A client with all that it was given."""

    service: Service
    client_id: str
    client_secret: str
    key_id: str
    private_key: str

    @property
    def metadata(self) -> dict[str, Any]:
        url = f"{self.service.url}/.well-known/oauth-authorization-server"
        told: dict[str, Any] = requests.get(url, timeout=10).json()
        return told

    def session(self, method: str) -> OAuth2Session:
        endpoint = self.metadata["token_endpoint"]
        if method != "private_key_jwt":
            return OAuth2Session(
                self.client_id, self.client_secret, token_endpoint_auth_method=method
            )
        session = OAuth2Session(
            self.client_id,
            OKPKey.import_key(self.private_key),
            token_endpoint_auth_method=method,
        )
        proof = PrivateKeyJWT(endpoint, headers={"kid": self.key_id}, alg="EdDSA")
        session.register_client_auth_method(proof)
        return session

    def token(self, method: str = "client_secret_basic", **asked: str) -> dict[str, Any]:
        endpoint = self.metadata["token_endpoint"]
        answer: dict[str, Any] = self.session(method).fetch_token(
            endpoint, grant_type="client_credentials", **asked
        )
        return answer


@pytest.fixture(scope="module")
def machine(start_service: Callable[..., Service]) -> Machine:
    service = start_service()
    scopes = ["orders:read", "orders:write", "clients:read"]
    made = service.call("POST", "/api/v1/clients", json={"scopes": scopes}).json()
    key = service.call("POST", f"/api/v1/clients/{made['client_id']}/access_keys").json()
    body = key["access_key"].split(".")[3]
    pem = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    return Machine(service, made["client_id"], key["client_secret"], key["key_id"], pem)


METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")


@pytest.mark.parametrize("method", METHODS)
def test_a_token_by_each_method_is_read_by_pyjwt_from_the_key_set(
    machine: Machine, method: str
) -> None:
    told = machine.metadata
    assert method in told["token_endpoint_auth_methods_supported"]
    token = machine.token(method)
    key = jwt.PyJWKClient(told["jwks_uri"]).get_signing_key_from_jwt(token["access_token"])
    claims = jwt.decode(
        token["access_token"],
        key.key,
        algorithms=["EdDSA"],
        audience=told["issuer"],
        issuer=told["issuer"],
        options={"require": ["exp", "iat", "jti", "sub", "client_id"]},
    )
    assert claims["sub"] == claims["client_id"] == machine.client_id
    assert claims["scope"] == token["scope"] == "orders:read orders:write clients:read"
    assert claims["exp"] - claims["iat"] == token["expires_in"] == 3600
    assert jwt.get_unverified_header(token["access_token"])["typ"] == "at+jwt"


def test_a_token_may_hold_less_than_its_client_and_never_more(machine: Machine) -> None:
    assert machine.token(scope="orders:read")["scope"] == "orders:read"
    with pytest.raises(Exception, match="invalid_scope"):
        machine.token(scope="orders:read api_keys:read")


def test_a_token_is_told_of_until_it_is_revoked(machine: Machine) -> None:
    told, token = machine.metadata, machine.token()["access_token"]
    session = machine.session("client_secret_basic")
    answer = session.introspect_token(told["introspection_endpoint"], token=token).json()
    assert answer["active"] is True
    assert answer["client_id"] == machine.client_id
    assert answer["scope"].split() == ["orders:read", "orders:write", "clients:read"]
    assert session.revoke_token(told["revocation_endpoint"], token=token).status_code == 200
    gone = session.introspect_token(told["introspection_endpoint"], token=token).json()
    assert gone == {"active": False}
    refused = machine.service.call("GET", "/api/v1/clients", key=token)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_a_token_opens_what_its_scopes_say(machine: Machine) -> None:
    token = machine.token(scope="clients:read")["access_token"]
    assert machine.service.call("GET", "/api/v1/clients", key=token).status_code == 200
    refused = machine.service.call("POST", "/api/v1/clients", key=token, json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")


def test_a_disabled_client_is_out_with_all_its_tokens(machine: Machine) -> None:
    token = machine.token(scope="clients:read")["access_token"]
    path = f"/api/v1/clients/{machine.client_id}"
    machine.service.call("PATCH", path, json={"enabled": False})
    try:
        assert machine.service.call("GET", "/api/v1/clients", key=token).status_code == 401
        with pytest.raises(Exception, match="invalid_client"):
            machine.token()
    finally:
        machine.service.call("PATCH", path, json={"enabled": True})
    assert machine.service.call("GET", "/api/v1/clients", key=token).status_code == 200
