from __future__ import annotations
import base64, json, time
import pytest
from django.test import Client, override_settings
from joserfc import jwt
from joserfc.jwk import import_key
from apikeys.operations import Actor
from clients.operations import (
    create_client,
    request_access_key,
    issue_token,
    bearer_of,
    delete_access_key,
    rotate_signing_key,
    published_keys,
)
from clients.operations.proving import client_by_secret, client_by_assertion
from clients.domain.errors import *

pytestmark = pytest.mark.django_db


def test_all():
    A = Actor.system()
    c = create_client(A, name="x", scopes=["api_keys:read"])
    r = request_access_key(A, c.public_id)
    cid, kid, acc, priv = r.access_key.reveal().split(".")
    key = import_key(
        "-----BEGIN PRIVATE KEY-----\n" + priv + "\n-----END PRIVATE KEY-----\n", "OKP"
    )
    now = int(time.time())
    with override_settings(SERVICE_CLIENTS={"ISSUERS": ("http://testserver",)}):
        t = jwt.encode(
            {"alg": "EdDSA", "kid": kid},
            {
                "iss": f"http://testserver/v1/clients/{cid}",
                "sub": cid,
                "iat": now,
                "exp": now + 86400,
            },
            key,
            algorithms=["EdDSA"],
        )
        assert bearer_of(t).client == c
        assert (
            Client().get("/api/v1/api_keys", headers={"Authorization": "Bearer " + t}).status_code
            == 200
        )
        assert (
            Client().get("/api/v1/tenants", headers={"Authorization": "Bearer " + t}).status_code
            == 403
        )
        g = issue_token(c)
        assert bearer_of(g.token.reveal()).issued_here
        rotate_signing_key(A)
        assert len(published_keys()) == 3
        assert bearer_of(g.token.reveal()).issued_here
        assert client_by_secret(cid, r.client_secret) == c
        a = jwt.encode(
            {"alg": "EdDSA", "kid": kid},
            {
                "iss": cid,
                "sub": cid,
                "aud": "http://testserver",
                "jti": "a",
                "iat": now,
                "exp": now + 60,
            },
            key,
            algorithms=["EdDSA"],
        )
        assert client_by_assertion(a, audiences=frozenset({"http://testserver"})) == c
        with pytest.raises(BadToken):
            client_by_assertion(a, audiences=frozenset({"http://testserver"}))
        for _ in range(4):
            request_access_key(A, c.public_id)
        with pytest.raises(TooManyAccessKeys):
            request_access_key(A, c.public_id)
        delete_access_key(A, cid, kid)
        assert (
            Client().get("/api/v1/api_keys", headers={"Authorization": "Bearer " + t}).status_code
            == 401
        )
