"""`POST /api_keys/verify`: which rule refuses, and in which order of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apikeys.domain.verdict import Outcome
from apikeys.operations.reaching import utc_now
from tests.apikeys.api.native.evidence import certificate, signed_request
from tests.calling import Caller

LATER = {"rate_limited", "quota_exceeded", "concurrency_exceeded", "credits_exhausted"}


def mangled(secret: str) -> str:
    """The secret with another letter in it, so that its checksum is wrong."""
    return secret[:-7] + ("A" if secret[-7] != "A" else "B") + secret[-6:]


class TestOrder:
    """Refusals add up from the last to the first: each hides the ones that were there before."""

    def test_the_first_of_the_list_that_holds_is_the_answer(
        self, root: Caller, alice: Caller
    ) -> None:
        hers = certificate()
        issued = alice.issue(scopes=["a"])
        path, asked = f"/api_keys/{issued['id']}", {"scopes": ["b"]}
        told: list[str] = []

        def then(change: dict[str, Any] | None = None, **facts: object) -> None:
            """One more fault, and what is answered now."""
            if change:
                assert root.patch(path, change).status == 200
            asked.update(facts)  # type: ignore[arg-type]
            told.append(root.verify(issued["secret"], **asked)["code"])

        then()
        then({"requires_client_secret": True}, client_secret="wrong")
        asked.pop("client_secret")
        then()
        then({"enforce_signing": True}, signed_request=signed_request("another secret"))
        asked.pop("signed_request")
        then()
        then({"client_certificate_hash": "A" * 43}, client_certificate=hers.pem)
        asked.pop("client_certificate")
        then()
        then({"allowed_domains": ["api.example.com"]}, domain="www.example.com")
        then({"allowed_origins": ["https://a.example.com"]}, origin="https://b.example.com")
        then({"allowed_ips": ["10.0.0.0/8"]}, ip="192.0.2.1")
        then({"enforce_https": True}, scheme="http")
        then({"allowed_environments": ["live"]}, environment="staging")
        then({"expires_at": "2001-01-01T00:00:00Z"})
        then({"hold": "maintenance"})
        then({"hold": "pending_review"})
        root.patch(f"/tenants/{alice.tenant_id}", {"status": "suspended"})
        then()
        then({"hold": "disabled"})
        root.post(f"{path}/revoke")
        then()
        root.delete(path)
        then()
        told.append(root.verify(mangled(issued["secret"]), **asked)["code"])

        decided = [str(it) for it in Outcome if it not in ("valid", "undetermined", *LATER)]
        assert told == decided[::-1]

    @pytest.mark.parametrize("hold", ["suspended", "pending_verification", "maintenance"])
    def test_a_suspended_tenant_comes_before_a_lesser_hold_of_the_key(
        self, root: Caller, alice: Caller, hold: str
    ) -> None:
        issued = alice.issue(hold=hold)
        root.patch(f"/tenants/{alice.tenant_id}", {"status": "suspended"})
        assert root.verify(issued["secret"])["code"] == "suspended"


class TestMalformed:
    """Only what no key can have; everything else is looked up."""

    @pytest.mark.parametrize("secret", ["", "x" * 513, "a\tb", "a\nb", "\u200b", "a\u2028b"])
    def test_what_no_key_can_have(self, alice: Caller, secret: str) -> None:
        verdict = alice.verify(secret)
        assert (verdict["code"], verdict["key"]) == ("malformed", None)

    def test_our_pattern_with_a_wrong_checksum(self, alice: Caller) -> None:
        assert alice.verify(mangled(alice.issue()["secret"]))["code"] == "malformed"

    @pytest.mark.parametrize("secret", ["x", " ", "x" * 512, "ключ", "ks_live_short", "é"])
    def test_every_other_string_is_looked_up(self, alice: Caller, secret: str) -> None:
        verdict = alice.verify(secret)
        assert (verdict["code"], verdict["key"]) == ("not_found", None)

    def test_a_secret_is_never_normalised(self, alice: Caller) -> None:
        secret = alice.issue()["secret"]
        assert alice.verify(f" {secret}")["code"] == "not_found"


class TestRules:
    """Each rule of a key: what satisfies it, what does not, and that a missing fact refuses."""

    @pytest.mark.parametrize(
        ("rule", "code", "good", "bad"),
        [
            (
                {"allowed_environments": ["live", "eu"]},
                "wrong_environment",
                [{"environment": "live"}, {"environment": "eu"}],
                [{}, {"environment": "test"}, {"environment": "us"}],
            ),
            ({}, "wrong_environment", [{}, {"environment": "eu"}], [{"environment": "test"}]),
            (
                {"environment": "test"},
                "wrong_environment",
                [{"environment": "test"}],
                [{"environment": "live"}],
            ),
            ({"allowed_environments": []}, "wrong_environment", [], [{}, {"environment": "live"}]),
            (
                {"enforce_https": True},
                "https_required",
                [{"scheme": "https"}],
                [{}, {"scheme": "http"}],
            ),
            (
                {"allowed_ips": ["10.0.0.0/8", "2001:db8::/32"]},
                "ip_not_allowed",
                [{"ip": "10.1.2.3"}, {"ip": "::ffff:10.1.2.3"}, {"ip": "2001:DB8::1"}],
                [{}, {"ip": "11.0.0.1"}, {"ip": "2001:db9::1"}],
            ),
            ({"allowed_ips": []}, "ip_not_allowed", [], [{}, {"ip": "10.0.0.1"}]),
            (
                {"allowed_origins": ["https://*.example.com"]},
                "origin_not_allowed",
                [{}, {"origin": "https://a.example.com"}, {"origin": "https://a.b.example.com"}],
                [
                    {"origin": "https://example.com"},
                    {"origin": "http://a.example.com"},
                    {"origin": "null"},
                ],
            ),
            (
                {"allowed_origins": []},
                "origin_not_allowed",
                [{}],
                [{"origin": "https://a.example.com"}],
            ),
            (
                {"allowed_domains": ["api.example.com"]},
                "domain_not_allowed",
                [{"domain": "api.example.com"}, {"domain": "API.example.com"}],
                [{}, {"domain": "example.com"}, {"domain": "api.example.com.evil.test"}],
            ),
            ({"allowed_domains": []}, "domain_not_allowed", [], [{}, {"domain": "a.example.com"}]),
            (
                {"scopes": ["orders:read", "mail:*"]},
                "insufficient_scope",
                [{}, {"scopes": ["orders:read"]}, {"scopes": ["mail:send", "orders:read"]}],
                [{"scopes": ["orders:write"]}, {"scopes": ["orders:read", "mail"]}],
            ),
            (
                {"permissions": ["write"]},
                "insufficient_scope",
                [{}, {"permissions": ["read"]}, {"permissions": ["write", "read"]}],
                [{"permissions": ["delete"]}, {"permissions": ["admin", "read"]}],
            ),
            (
                {
                    "resource_scopes": [
                        {"resource_type": "a", "resource_id": "eu-*", "operations": ["read"]}
                    ]
                },
                "insufficient_scope",
                [{"resource": {"type": "a", "id": "eu-7", "operation": "read"}}],
                [
                    {},
                    {"resource": {"type": "a", "id": "us-7", "operation": "read"}},
                    {"resource": {"type": "b", "id": "eu-7", "operation": "read"}},
                    {"resource": {"type": "a", "id": "eu-7", "operation": "write"}},
                    {"resource": {"type": "a", "id": "eu-7"}},
                ],
            ),
            (
                {"resource_scopes": []},
                "insufficient_scope",
                [],
                [{}, {"resource": {"type": "a", "id": "b"}}],
            ),
        ],
    )
    def test_a_rule_lets_in_what_satisfies_it_and_nothing_else(
        self,
        alice: Caller,
        rule: dict[str, Any],
        code: str,
        good: list[dict[str, Any]],
        bad: list[dict[str, Any]],
    ) -> None:
        secret = alice.issue(**rule)["secret"]
        assert [alice.verify(secret, **facts)["code"] for facts in good] == ["valid"] * len(good)
        assert [alice.verify(secret, **facts)["code"] for facts in bad] == [code] * len(bad)

    def test_the_moment_of_the_end_is_past_it(self, alice: Caller) -> None:
        ends = utc_now().replace(microsecond=0) + timedelta(days=1)
        secret = alice.issue(expires_at=ends.isoformat())["secret"]
        with time_machine.travel(ends - timedelta(milliseconds=1), tick=False):
            assert alice.verify(secret)["valid"]
        with time_machine.travel(ends, tick=False):
            verdict = alice.verify(secret)
        assert (verdict["code"], verdict["key"]["status"]) == ("expired", "expired")

    @pytest.mark.parametrize("form", ["thumbprint", "hex_thumbprint"])
    def test_a_certificate_is_compared_by_its_thumbprint(self, alice: Caller, form: str) -> None:
        hers, other = certificate(), certificate()
        secret = alice.issue(enforce_mutual_tls=True, client_certificate_hash=getattr(hers, form))[
            "secret"
        ]
        assert alice.verify(secret)["code"] == "certificate_required"
        for pem in (other.pem, "nonsense", hers.pem + other.pem):
            told = alice.verify(secret, client_certificate=pem)["code"]
            assert told == "certificate_mismatch"
        assert alice.verify(secret, client_certificate=hers.pem)["valid"]

    @pytest.mark.parametrize("name", ["enforce_signing", "require_request_signing"])
    def test_either_spelling_of_signing_demands_a_signature_by_the_key(
        self, alice: Caller, name: str
    ) -> None:
        secret = alice.issue(**{name: True})["secret"]
        assert alice.verify(secret)["code"] == "signature_required"
        forged = signed_request("another secret")
        assert alice.verify(secret, signed_request=forged)["code"] == "signature_invalid"
        assert alice.verify(secret, signed_request=signed_request(secret))["valid"]

    def test_an_algorithm_that_is_not_allowed_is_an_invalid_signature(self, alice: Caller) -> None:
        rule = {"enforce_signing": True, "allowed_signature_algorithms": ["ed25519"]}
        secret = alice.issue(**rule)["secret"]
        told = alice.verify(secret, signed_request=signed_request(secret))["code"]
        assert told == "signature_invalid"

    def test_a_client_secret_is_its_own_keys_alone(self, alice: Caller) -> None:
        hers, other = (alice.issue(requires_client_secret=True) for _ in range(2))
        assert alice.verify(hers["secret"])["code"] == "client_secret_required"
        for wrong in (other["client_secret"], hers["secret"], "x"):
            told = alice.verify(hers["secret"], client_secret=wrong)["code"]
            assert told == "client_secret_invalid"
        assert alice.verify(hers["secret"], client_secret=hers["client_secret"])["valid"]
