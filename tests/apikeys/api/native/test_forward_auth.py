"""`/forward_auth`: what a reverse proxy is told about the key of a request."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import override_settings

from apikeys.conf import settings
from tests.calling import Answer, Caller

PROXY = "10.9.9.9"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


@pytest.fixture(autouse=True)
def _trusted(settings: Any) -> None:
    """One proxy is trusted."""
    settings.APIKEYS = {**settings.APIKEYS, "TRUSTED_PROXIES": (PROXY,)}


def ask(
    secret: str, query: str = "", /, *, ip: str = PROXY, method: str = "GET", **fields: str
) -> Answer:
    return Caller(secret, ip=ip).call(method, f"/forward_auth{query}", **fields)


class TestPassing:
    """204, with whom the key stands for."""

    def test_it_tells_whose_key_it_is(self, alice: Caller) -> None:
        issued = alice.issue(subject="customer 7 ü", scopes=["a:read", "b c", "100%"])
        answer = ask(issued["secret"])
        assert (answer.status, answer.content) == (204, b"")
        told = {name: value for name, value in answer.headers.items() if name.startswith("X-Key")}
        assert told == {
            "X-Key-Id": issued["id"],
            "X-Key-Subject": "customer%207%20%C3%BC",
            "X-Key-Tenant": alice.tenant_id,
            "X-Key-Scopes": "a:read b%20c 100%25",
        }
        assert answer.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("method", METHODS)
    def test_by_every_method(self, alice: Caller, method: str) -> None:
        assert ask(alice.issue()["secret"], method=method).status == 204

    def test_a_key_in_x_api_key(self, alice: Caller) -> None:
        assert ask("", x_api_key=alice.issue()["secret"]).status == 204

    def test_a_body_is_not_looked_at(self, alice: Caller) -> None:
        caller = Caller(alice.issue()["secret"])
        assert caller.post("/forward_auth", {"a": 1}).status == 204

    def test_scopes_too_long_for_a_header_are_cut_behind_one(self, alice: Caller) -> None:
        scopes = [f"{number}:{'x' * 200}" for number in range(20)]
        answer = ask(alice.issue(scopes=scopes)["secret"])
        told = answer.headers["X-Key-Scopes"].split(" ")
        assert (answer.status, told) == (204, scopes[:10])

    def test_a_management_key_is_a_key(self, alice: Caller) -> None:
        assert ask(alice.secret).status == 204


class TestDemands:
    """`?scope=` and `?tenant=`."""

    def test_keys_of_other_tenants_are_as_unknown(self, alice: Caller, charlie: Caller) -> None:
        query = f"?scope=orders:read&tenant={alice.tenant_id}"
        held = {"scopes": ["orders:read"]}
        assert ask(alice.issue(**held)["secret"], query).status == 204
        foreign = charlie.issue(**held)
        unknown = ask(f"{foreign['secret'][:-6]}AAAAAA", query)
        answer = ask(foreign["secret"], query)
        assert (
            (answer.status, answer.code)
            == (unknown.status, unknown.code)
            == (
                401,
                "authentication_failed",
            )
        )
        assert charlie.get(f"/api_keys/{foreign['id']}").body["total_requests"] == 0

    def test_of_a_tenant_that_is_nowhere_no_key_is_good(self, alice: Caller) -> None:
        assert ask(alice.issue()["secret"], "?tenant=org_nowhere").status == 401

    def test_all_are_needed(self, alice: Caller) -> None:
        secret = alice.issue(scopes=["a", "b:*"])["secret"]
        assert ask(secret, "?scope=a+b:c").status == 204
        answer = ask(secret, "?scope=a%20c")
        assert (answer.status, answer.code) == (403, "insufficient_scope")
        assert 'scope="a c"' in answer.headers["WWW-Authenticate"]

    @pytest.mark.parametrize(
        "query",
        [
            "?scopes=a",
            "?scope=",
            "?scope=a&scope=b",
            "?scope=a%0Ab",
            '?scope=a"b',
            "?x=1",
            "?tenant=",
        ],
    )
    def test_a_demand_that_is_not_understood_is_an_error(self, alice: Caller, query: str) -> None:
        answer = ask(alice.issue()["secret"], query)
        assert (answer.status, answer.code) == (400, "invalid_input")


class TestRefused:
    """In the words of `apikeys.api.outcomes`."""

    def test_without_a_key(self) -> None:
        answer = ask("")
        assert (answer.status, answer.code) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_with_two_keys(self, alice: Caller) -> None:
        assert ask(alice.secret, x_api_key="another").status == 400

    def test_with_one_that_is_revoked(self, alice: Caller) -> None:
        issued = alice.issue()
        alice.post(f"/api_keys/{issued['id']}/revoke", {})
        assert ask(issued["secret"]).code == "authentication_failed"

    def test_with_one_in_the_address(self, alice: Caller) -> None:
        assert ask(alice.secret, "?token=x").status == 400


class TestFacts:
    """What a trusted proxy says of the original request counts, and nobody else's word."""

    @pytest.mark.parametrize(
        ("rule", "right", "wrong", "code"),
        [
            (
                {"allowed_ips": ["192.0.2.0/24"]},
                {"x_forwarded_for": "192.0.2.7"},
                {"x_forwarded_for": "198.51.100.7"},
                "ip_not_allowed",
            ),
            (
                {"allowed_domains": ["api.example.com"]},
                {"x_forwarded_host": "api.example.com:8443"},
                {"x_forwarded_host": "b.example, api.example.com"},
                "domain_not_allowed",
            ),
            (
                {"enforce_https": True},
                {"x_forwarded_proto": "https"},
                {"x_forwarded_proto": "http"},
                "https_required",
            ),
            (
                {"allowed_origins": ["https://a.example"]},
                {"origin": "https://a.example"},
                {"origin": "https://b.example"},
                "origin_not_allowed",
            ),
        ],
    )
    def test_each_rule(
        self,
        alice: Caller,
        rule: dict[str, Any],
        right: dict[str, str],
        wrong: dict[str, str],
        code: str,
    ) -> None:
        secret = alice.issue(**rule)["secret"]
        assert ask(secret, **right).status == 204
        assert ask(secret, **wrong).code == code
        if "origin" not in right:  # which the client itself says
            assert ask(secret, ip="198.51.100.9", **right).code == code

    def test_a_signature_is_that_of_the_original_request(self, alice: Caller) -> None:
        secret = alice.issue(require_request_signing=True)["secret"]
        signature = signed_with(secret, "POST", "https://api.example.com/orders?limit=1")
        forwarded = {
            "x_forwarded_method": "POST",
            "x_forwarded_host": "api.example.com",
            "x_forwarded_uri": "/orders?limit=1",
            "x_forwarded_proto": "https",
        }
        assert ask(secret, **signature, **forwarded).status == 204
        assert ask(secret, **forwarded).code == "signature_required"
        for name, value in {"method": "PUT", "host": "b.example", "uri": "/orders"}.items():
            changed = {**forwarded, f"x_forwarded_{name}": value}
            assert ask(secret, **signature, **changed).code == "signature_invalid"


def signed_with(secret: str, method: str, url: str) -> dict[str, str]:
    """The header fields that sign a request without a body (RFC 9421)."""
    created = int(datetime.now(UTC).timestamp())
    parameters = f'("@method" "@target-uri");created={created};keyid="mine";alg="hmac-sha256"'
    base = f'"@method": {method}\n"@target-uri": {url}\n"@signature-params": {parameters}'
    made = base64.b64encode(hmac.digest(secret.encode(), base.encode(), "sha256")).decode()
    return {"Signature-Input": f"sig={parameters}", "Signature": f"sig=:{made}:"}


def test_nothing_is_trusted_that_is_not_said_to_be(alice: Caller) -> None:
    secret = alice.issue(allowed_ips=["192.0.2.0/24"])["secret"]
    with override_settings(APIKEYS={"KEYS": settings.KEYS}):
        assert ask(secret, x_forwarded_for="192.0.2.7").code == "ip_not_allowed"
