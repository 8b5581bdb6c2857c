"""Who is let in to the management API, and how a refusal reads."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings

from apikeys.conf import settings
from apikeys.models import Tenant
from tests.apikeys.api.native.conftest import hire
from tests.apikeys.api.native.evidence import certificate
from tests.calling import Answer, Caller

LIST = "/api_keys"
STRANGER = Caller()


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


class TestPresenting:
    """Where a credential is looked for."""

    def test_as_a_bearer(self, alice: Caller) -> None:
        assert STRANGER.get(LIST, authorization=f"Bearer {alice.secret}").status == 200

    @pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
    def test_the_scheme_is_read_in_any_case(self, alice: Caller, scheme: str) -> None:
        assert STRANGER.get(LIST, authorization=f"{scheme} {alice.secret}").status == 200

    def test_as_x_api_key(self, alice: Caller) -> None:
        assert STRANGER.get(LIST, x_api_key=alice.secret).status == 200

    def test_the_same_one_twice(self, alice: Caller) -> None:
        answer = STRANGER.get(LIST, **bearer(alice.secret), x_api_key=alice.secret)
        assert answer.status == 200

    def test_two_different_ones_are_refused_whichever_is_good(
        self, alice: Caller, charlie: Caller
    ) -> None:
        for first, second in (
            (alice.secret, charlie.secret),
            (alice.secret, "nonsense"),
            ("nonsense", alice.secret),
        ):
            answer = STRANGER.get(LIST, **bearer(first), x_api_key=second)
            assert (answer.status, answer.code) == (400, "ambiguous_credential")

    def test_none(self) -> None:
        answer = STRANGER.get(LIST)
        assert (answer.status, answer.code) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="keyservice"'

    def test_another_scheme_is_none(self, alice: Caller) -> None:
        pair = base64.b64encode(f"user:{alice.secret}".encode()).decode()
        for field in (f"Basic {pair}", alice.secret, f"Token {alice.secret}", "Bearer", "Bearer "):
            answer = STRANGER.get(LIST, authorization=field)
            assert (answer.status, answer.code) == (401, "not_authenticated"), field

    @pytest.mark.parametrize("name", ["key", "token", "secret", "api_key", "KEY", "access_token"])
    def test_never_in_a_url(self, alice: Caller, name: str) -> None:
        answer = STRANGER.get(LIST, {name: alice.secret})
        assert (answer.status, answer.code) == (400, "credential_in_url")
        assert alice.secret not in f"{answer.content!r}{answer.headers}"

    def test_in_a_url_it_is_refused_whatever_else_is_sent(self, alice: Caller) -> None:
        assert alice.get(f"{LIST}?key=x").status == 400
        assert alice.get(f"/api_keys/{alice.secret}").status == 400

    def test_never_in_a_body(self, alice: Caller) -> None:
        answer = STRANGER.post(LIST, {"name": "a", "api_key": alice.secret})
        assert answer.status == 401

    def test_who_acts_is_never_told_by_the_body(self, alice: Caller) -> None:
        body = {"name": "a", "tenant": alice.tenant_id, "created_by": alice.key_id}
        assert STRANGER.post(LIST, body).status == 401


class TestStanding:
    """Unknown or no longer valid: 401, all in the same words."""

    @pytest.fixture
    def refused(self, root: Caller, alice: Caller) -> dict[str, Answer]:
        """The answer to each credential that does not stand."""
        management: dict[str, Any] = {"key_type": "management", "scopes": ["*"]}
        secrets = {"unknown": "nobody's", "hash": "0" * 64, "long": "x" * 600}
        secrets["mangled"] = alice.secret[:-1] + ("0" if alice.secret[-1] != "0" else "1")
        for hold in ("disabled", "suspended", "pending_review", "maintenance"):
            secrets[hold] = alice.issue(hold=hold, **management)["secret"]
        ends = alice.issue(**management)
        alice.patch(f"{LIST}/{ends['id']}", {"expires_at": "2001-01-01T00:00:00Z"})
        revoked, deleted, rotated = (alice.issue(**management) for _ in range(3))
        alice.post(f"{LIST}/{revoked['id']}/revoke")
        alice.delete(f"{LIST}/{deleted['id']}")
        alice.post(f"{LIST}/{rotated['id']}/rotate")
        secrets |= {
            "expired": ends["secret"],
            "revoked": revoked["secret"],
            "deleted": deleted["secret"],
            "rotated": rotated["secret"],
        }
        return {
            name: Caller(secret).get(LIST, x_request_id="same-for-all")
            for name, secret in secrets.items()
        }

    def test_all_are_refused_and_none_is_told_why(self, refused: dict[str, Answer]) -> None:
        first = refused["unknown"]
        assert (first.status, first.code) == (401, "authentication_failed")
        assert 'error="invalid_token"' in first.headers["WWW-Authenticate"]
        assert {name: answer == first for name, answer in refused.items()} == dict.fromkeys(
            refused, True
        )

    def test_a_suspended_tenant_stops_its_credentials(self, root: Caller, alice: Caller) -> None:
        root.patch(f"/tenants/{alice.tenant_id}", {"status": "suspended"})
        assert (alice.get(LIST).status, alice.get(LIST).code) == (401, "authentication_failed")

    def test_a_deprecated_credential_still_works(self, alice: Caller) -> None:
        issued = alice.issue(key_type="management", scopes=["*"], hold="deprecated")
        assert Caller(issued["secret"]).get(LIST).status == 200

    def test_the_old_secret_works_during_the_grace(self, alice: Caller) -> None:
        alice.post(f"{LIST}/{alice.key_id}/rotate", {"grace_seconds": 60})
        assert alice.get(LIST).status == 200


class TestKind:
    """Only management keys manage, whatever words another key holds."""

    @pytest.mark.parametrize("key_type", ["standard", "marketplace_subscription"])
    def test_the_words_of_other_keys_open_nothing(self, alice: Caller, key_type: str) -> None:
        issued = alice.issue(key_type=key_type, scopes=["*", "api_keys:read"])
        answer = Caller(issued["secret"]).get(LIST)
        assert (answer.status, answer.code) == (403, "insufficient_scope")

    def test_a_management_key_without_scopes_opens_nothing(self, alices_tenant: Tenant) -> None:
        nobody = hire(alices_tenant, "nobody")
        for path in ("/api_keys", "/tenants", "/audit_events"):
            assert nobody.get(path).status == 403


class TestScope:
    """A refusal names the scope that is required and none that is held."""

    def test_the_challenge_names_what_is_required(self, bob: Caller) -> None:
        answer = bob.post(LIST, {"name": "a"})
        assert answer.status == 403
        assert answer.body["detail"].endswith("This needs: api_keys:write.")
        told = answer.headers["WWW-Authenticate"]
        assert 'error="insufficient_scope", scope="api_keys:write"' in told
        assert "tenants:read" not in answer.content.decode()

    def test_the_scope_is_judged_before_the_object(self, alice: Caller, bob: Caller) -> None:
        answers = [
            bob.post(f"{LIST}/{key_id}/revoke", x_request_id="same-for-all")
            for key_id in (alice.key_id, "key_" + "0" * 32)
        ]
        assert answers[0] == answers[1]
        assert answers[0].status == 403

    def test_the_scope_is_judged_before_body_and_query(self, bob: Caller) -> None:
        assert bob.post(LIST, {"nmae": 7}).status == 403
        assert bob.post(f"{LIST}?a=b", {}).status == 403


class TestRules:
    """A management key is judged by its own rules with the facts of the request: 403."""

    @pytest.fixture
    def key(self, alices_tenant: Tenant) -> Any:
        return lambda **rules: hire(alices_tenant, "ruled", "*", **rules)

    def test_its_networks(self, key: Any) -> None:
        caller = key(allowed_ips=["10.0.0.0/8"])
        assert replace(caller, ip="10.1.2.3").get(LIST).status == 200
        answer = replace(caller, ip="192.0.2.1").get(LIST)
        assert (answer.status, answer.code) == (403, "ip_not_allowed")
        assert "10.0.0.0" not in answer.content.decode()

    def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(self, key: Any) -> None:
        caller = replace(key(allowed_ips=["10.0.0.0/8"]), ip="192.0.2.1")
        assert caller.get(LIST, x_forwarded_for="10.1.2.3").status == 403
        with trusting("192.0.2.1/32"):
            assert caller.get(LIST, x_forwarded_for="10.1.2.3").status == 200
            assert caller.get(LIST, x_forwarded_for="10.1.2.3, 198.51.100.7").status == 403

    def test_https(self, key: Any) -> None:
        caller = replace(key(enforce_https=True), ip="192.0.2.1")
        answer = caller.get(LIST, x_forwarded_proto="https")
        assert (answer.status, answer.code) == (403, "https_required")
        with trusting("192.0.2.1/32"):
            assert caller.get(LIST, x_forwarded_proto="https").status == 200
            assert caller.get(LIST, x_forwarded_proto="http").status == 403

    def test_origins_bind_browsers_only(self, key: Any) -> None:
        caller = key(allowed_origins=["https://a.example.com"])
        assert caller.get(LIST).status == 200
        assert caller.get(LIST, origin="https://a.example.com").status == 200
        answer = caller.get(LIST, origin="https://b.example.com")
        assert (answer.status, answer.code) == (403, "origin_not_allowed")

    def test_the_domain_is_the_host_that_was_called(self, key: Any) -> None:
        assert key(allowed_domains=["testserver"]).get(LIST).status == 200
        answer = key(allowed_domains=["api.example.com"]).get(LIST)
        assert (answer.status, answer.code) == (403, "domain_not_allowed")

    def test_an_environment_that_nobody_named_refuses(self, key: Any) -> None:
        answer = key(allowed_environments=["live"]).get(LIST)
        assert (answer.status, answer.code) == (403, "wrong_environment")

    def test_a_certificate_comes_through_a_trusted_proxy(self, key: Any) -> None:
        hers = certificate()
        caller = replace(key(client_certificate_hash=hers.thumbprint), ip="192.0.2.1")
        field = f":{''.join(hers.pem.splitlines()[1:-1])}:"
        answer = caller.get(LIST, client_cert=field)
        assert (answer.status, answer.code) == (403, "certificate_required")
        with trusting("192.0.2.1/32"):
            assert caller.get(LIST, client_cert=field).status == 200

    def test_a_client_secret(self, alice: Caller) -> None:
        issued = alice.issue(
            key_type="management", scopes=["api_keys:read"], requires_client_secret=True
        )
        caller = Caller(issued["secret"])
        assert caller.get(LIST).code == "client_secret_required"
        assert caller.get(LIST, x_client_secret="wrong").code == "client_secret_invalid"
        assert caller.get(LIST, x_client_secret=issued["client_secret"]).status == 200

    def test_a_signature(self, key: Any) -> None:
        answer = key(enforce_signing=True).get(LIST)
        assert (answer.status, answer.code) == (403, "signature_required")

    def test_resources_that_nobody_named_refuse(self, key: Any) -> None:
        answer = key(resource_scopes=[]).get(LIST)
        assert (answer.status, answer.code) == (403, "insufficient_scope")

    def test_a_key_that_does_not_stand_is_not_told_its_rules(self, alice: Caller, key: Any) -> None:
        caller = key(allowed_ips=["10.0.0.0/8"], hold="disabled")
        assert caller.get(LIST).status == 401


def trusting(network: str) -> override_settings:
    """With a proxy in front whose fields are believed."""
    return override_settings(
        APIKEYS={"KEYS": settings.KEYS, "TRUSTED_PROXIES": (network,)},
    )


class TestTheWayIn:
    """What holds for every call."""

    @pytest.mark.parametrize("path", ["/api_keys", "/tenants", "/audit_events", "/nowhere"])
    def test_no_other_origin_is_let_in_by_a_browser(self, alice: Caller, path: str) -> None:
        for caller in (alice, STRANGER):
            answer = caller.get(path, origin="https://other.example.com")
            assert not [name for name in answer.headers if name.startswith("Access-Control")]
        asked = {"origin": "https://a.example.com", "access_control_request_method": "GET"}
        preflight = STRANGER.call("OPTIONS", path, **asked)
        assert preflight.status in (401, 404)
        assert not [name for name in preflight.headers if name.startswith("Access-Control")]

    @pytest.mark.parametrize("path", ["/api_keys/", "/tenants/", "/nowhere", "/api_keys/a/b/c"])
    def test_other_addresses_are_problems_too(self, alice: Caller, path: str) -> None:
        answer = alice.get(path)
        assert (answer.status, answer.code) == (404, "not_found")
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_a_problem_is_named_like_the_request(self, alice: Caller) -> None:
        answer = alice.get("/api_keys/x", x_request_id="trace-12345")
        assert answer.body == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no such object, or it is not yours. Check the id.",
            "code": "not_found",
            "request_id": "trace-12345",
        }
        assert answer.headers["X-Request-ID"] == "trace-12345"
        assert answer.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("path", ["/api_keys", "/tenants", "/audit_events"])
    def test_no_answer_is_for_a_cache(self, alice: Caller, path: str) -> None:
        for caller in (alice, STRANGER):
            assert caller.get(path).headers["Cache-Control"] == "no-store"

    def test_a_call_leaves_no_cookie_and_starts_no_session(self, alice: Caller) -> None:
        assert "Set-Cookie" not in alice.get(LIST).headers
        assert "Cookie" not in alice.get(LIST).headers.get("Vary", "")

    def test_a_method_that_is_not_there_is_told_which_are(self, alice: Caller) -> None:
        answer = alice.call("PUT", f"{LIST}/{alice.key_id}", {})
        assert (answer.status, answer.code) == (405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD, PATCH, DELETE"
