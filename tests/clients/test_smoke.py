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
        assert bearer_of(t, thumbprint=None).client == c
        assert (
            Client().get("/api/v1/api_keys", headers={"Authorization": "Bearer " + t}).status_code
            == 200
        )
        assert (
            Client().get("/api/v1/tenants", headers={"Authorization": "Bearer " + t}).status_code
            == 403
        )
        g = issue_token(c)
        assert bearer_of(g.token.reveal(), thumbprint=None).issued_here
        rotate_signing_key(A)
        assert len(published_keys()) == 3
        assert bearer_of(g.token.reveal(), thumbprint=None).issued_here
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

def test_http(settings):
    settings.SERVICE_CLIENTS={"ISSUERS": ("http://testserver",)}
    from apikeys.operations import issue_key
    k = issue_key(Actor.system(), name="m", key_type="management", scopes=["clients:read","clients:write"]).secret.reveal()
    H={"Authorization":"Bearer "+k}; C=Client()
    r=C.post("/v1/clients", {}, content_type="application/json", headers=H); print(r.status_code, r.content); assert r.status_code==201
    cid=r.json()["clientId"]
    r=C.post(f"/v1/clients/{cid}/access-keys", "", content_type="application/json", headers=H); print(r.status_code, r.content); assert r.status_code==201
    sec=r.json()["clientSecret"]
    print(C.get("/v1/clients?limit=1", headers=H).content)
    print(C.put(f"/v1/clients/{cid}", {"name":"n","tags":{"a":"b"},"options":{"grantTokenGeneration":True}}, content_type="application/json", headers=H).content)
    print(C.get("/.well-known/oauth-authorization-server").content, C.get(f"/v1/clients/{cid}/.well-known/openid-configuration/jwks?kid=1").content)
    r=C.post("/oauth/token", f"grant_type=client_credentials&client_id={cid}&client_secret={sec}", content_type="application/x-www-form-urlencoded"); print(r.status_code, r.content)
    t=r.json()["access_token"]
    r=C.post("/oauth/introspect", f"token={t}", content_type="application/x-www-form-urlencoded", headers=H); print(r.status_code, r.content)
    r=C.post("/oauth/revoke", f"token={t}&client_id={cid}&client_secret={sec}", content_type="application/x-www-form-urlencoded"); print(r.status_code, r.content)
    r=C.post("/oauth/introspect", f"token={t}", content_type="application/x-www-form-urlencoded", headers=H); print(r.status_code, r.content)
    for i in range(11):
        r=C.post("/oauth/token", f"grant_type=client_credentials&client_id={cid}&client_secret=no", content_type="application/x-www-form-urlencoded")
    print(r.status_code, r.content, r.headers)
    r=C.post("/api/authentication/oauth/tokens", {"client_id":cid,"client_secret":"x"}, content_type="application/json"); print(r.status_code, r.content)
    r=C.get("/oauth/token"); print(r.status_code, r.content)
