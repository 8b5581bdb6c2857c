"""`POST /api_keys/verify`: what is told, to whom, and what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from apikeys.domain.rules import RULES
from apikeys.models import AuditEvent
from tests.calling import Caller

KEY = {
    "id",
    "tenant",
    "name",
    "subject",
    "key_type",
    "environment",
    "status",
    "scopes",
    "permissions",
    "resource_scopes",
    "claims",
    "metadata",
    "tags",
    "expires_at",
    "api_version",
    "supported_features",
    "documentation_url",
    "support_contact",
}
MEMBERS = {"valid", "code", "key", "limits", "retry_after", "lease"}


class TestValid:
    """What a good answer tells."""

    def test_it_has_every_member_and_the_whole_key(self, alice: Caller) -> None:
        chosen: dict[str, Any] = {
            "subject": "customer-7",
            "environment": "test",
            "scopes": ["orders:read"],
            "permissions": ["write"],
            "resource_scopes": [{"resource_type": "order", "resource_id": "*"}],
            "claims": {"plan": ["gold"]},
            "metadata": {"team": "red"},
            "tags": ["a"],
            "expires_at": "2090-01-01T00:00:00Z",
            "api_version": "2026-01",
            "supported_features": ["search"],
            "documentation_url": "https://docs.example.com/",
            "support_contact": "help@example.com",
        }
        issued = alice.issue("hers", **chosen)
        resource = {"type": "order", "id": "7"}
        verdict = alice.verify(issued["secret"], resource=resource)
        assert verdict.keys() == MEMBERS
        key = verdict.pop("key")
        assert verdict == {
            "valid": True,
            "code": "valid",
            "limits": [],
            "retry_after": None,
            "lease": None,
        }
        assert key.keys() == KEY
        assert key == {name: issued[name] for name in KEY}
        assert {name: key[name] for name in chosen} == chosen

    def test_it_does_not_repeat_the_secret(self, alice: Caller) -> None:
        secret = alice.issue()["secret"]
        answer = alice.post("/api_keys/verify", {"secret": secret})
        assert secret not in answer.content.decode()
        assert answer.headers["Cache-Control"] == "no-store"

    def test_a_deprecated_key_still_verifies_and_says_so(self, alice: Caller) -> None:
        verdict = alice.verify(alice.issue(hold="deprecated")["secret"])
        assert (verdict["valid"], verdict["key"]["status"]) == (True, "deprecated")

    def test_a_management_key_verifies_like_any(self, alice: Caller, bob: Caller) -> None:
        assert alice.verify(bob.secret, scopes=["api_keys:read"])["valid"]
        assert alice.verify(bob.secret, scopes=["api_keys:write"])["code"] == "insufficient_scope"

    def test_null_counts_as_not_given(self, alice: Caller) -> None:
        names = ("scopes", "resource", "ip", "origin", "lease", "explain", "client_secret", "cost")
        assert alice.verify(alice.issue()["secret"], **dict.fromkeys(names))["valid"]


class TestExplain:
    """`explain` adds every rule's part in the decision and changes nothing of it."""

    def test_every_rule_is_told_in_order_also_behind_the_first_refusal(self, alice: Caller) -> None:
        issued = alice.issue(hold="maintenance", allowed_ips=["10.0.0.0/8"])
        verdict = alice.verify(issued["secret"], explain=True)
        assert verdict.keys() == MEMBERS | {"checks"}
        assert verdict["code"] == "maintenance"
        assert [it["rule"] for it in verdict["checks"]] == [rule.__name__ for rule in RULES]
        refused = [it["code"] for it in verdict["checks"] if not it["passed"]]
        assert refused == ["maintenance", "ip_not_allowed"]
        assert {it["code"] for it in verdict["checks"] if it["passed"]} == {None}

    def test_the_verdict_is_the_same_without_it(self, alice: Caller) -> None:
        for rule in ({}, {"hold": "disabled"}, {"enforce_https": True}):
            secret = alice.issue(**rule)["secret"]
            explained = alice.verify(secret, explain=True)
            del explained["checks"]
            assert explained == alice.verify(secret, explain=False)

    @pytest.mark.parametrize("secret", ["", "nobody's"])
    def test_of_what_is_no_key_there_is_nothing_to_explain(
        self, alice: Caller, secret: str
    ) -> None:
        verdict = alice.verify(secret, explain=True)
        assert (verdict["key"], verdict["checks"]) == (None, [])


class TestTenants:
    """A key of another tenant is one that does not exist."""

    def test_another_tenants_key_is_not_found_in_any_state(
        self, alice: Caller, charlie: Caller
    ) -> None:
        nobodys = charlie.verify("nobody's")
        for state in ({}, {"hold": "disabled"}, {"enforce_https": True}):
            secret = alice.issue(**state)["secret"]
            assert charlie.verify(secret) == nobodys
            told = charlie.verify(secret, explain=True, scopes=["a"])
            assert told == {**nobodys, "checks": []}

    def test_the_root_key_verifies_every_tenants(self, root: Caller, alice: Caller) -> None:
        verdict = root.verify(alice.issue()["secret"])
        assert (verdict["valid"], verdict["key"]["tenant"]) == (True, alice.tenant_id)

    def test_everything_in_the_default_tenant_is_not_the_root_key(
        self, root: Caller, alice: Caller
    ) -> None:
        second = Caller(root.issue("second", key_type="management", scopes=["*"])["secret"])
        assert second.verify(alice.issue()["secret"])["code"] == "not_found"


class TestUndetermined:
    """What cannot be decided is said to be so, and is neither valid nor unknown."""

    @contextmanager
    def without_database(self, *, after_secrets: int) -> Iterator[None]:
        """The database breaks down at the lookup of a secret that follows so many others."""
        lookups = 0

        def breaking(execute: Any, sql: str, *rest: Any) -> Any:
            nonlocal lookups
            if "secret.digest IN" in sql:
                lookups += 1
                if lookups > after_secrets:
                    raise OperationalError("the server closed the connection")
            return execute(sql, *rest)

        with connection.execute_wrapper(breaking):
            yield

    def test_it_is_503_with_the_shape_of_a_verdict(self, alice: Caller) -> None:
        secret = alice.issue()["secret"]
        with self.without_database(after_secrets=1):
            answer = alice.post("/api_keys/verify", {"secret": secret})
        assert (answer.status, answer.headers["Content-Type"]) == (503, "application/json")
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.body == {
            "valid": False,
            "code": "undetermined",
            "key": None,
            "limits": [],
            "retry_after": 1,
            "lease": None,
        }

    def test_a_malformed_secret_is_decided_without_the_database(self, alice: Caller) -> None:
        with self.without_database(after_secrets=1):
            assert alice.verify("")["code"] == "malformed"

    def test_a_caller_who_cannot_be_checked_gets_a_problem(self, alice: Caller) -> None:
        with self.without_database(after_secrets=0):
            answer = alice.get("/api_keys")
        assert (answer.status, answer.code) == (503, "undetermined")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0


class TestAsking:
    """What the body may be."""

    @pytest.mark.parametrize(
        ("asked", "wrong"),
        [
            ({"secret": 7}, ("/secret", "not_text")),
            ({"secret": None}, ("/secret", "not_text")),
            ({"scopes": "a"}, ("/scopes", "not_list")),
            ({"permissions": ["own"]}, ("/permissions/0", "unknown_choice")),
            ({"resource": {"type": "a"}}, ("/resource", "required")),
            ({"resource": {"type": "a", "id": "b", "op": "c"}}, ("/resource", "unknown_field")),
            ({"ip": "10.0.0.1/8"}, ("/ip", "invalid_text")),
            ({"ip": "010.0.0.1"}, ("/ip", "invalid_text")),
            ({"scheme": "ftp"}, ("/scheme", "unknown_choice")),
            ({"cost": -1}, ("/cost", "out_of_range")),
            ({"cost": 1_000_001}, ("/cost", "out_of_range")),
            ({"cost": 1.5}, ("/cost", "not_integer")),
            ({"endpoint": "/a?b=c"}, ("/endpoint", "invalid_text")),
            ({"endpoint": "x" * 129}, ("/endpoint", "invalid_text")),
            ({"lease": {"seconds": 3601}}, ("/lease", "out_of_range")),
            ({"lease": 30}, ("/lease", "bad_lease")),
            ({"explain": "yes"}, ("/explain", "not_boolean")),
            ({"dry_run": 1}, ("/dry_run", "not_boolean")),
            (
                {"signed_request": {"method": "GET", "url": "/", "headers": {}, "body": "!"}},
                ("/signed_request/body", "not_base64"),
            ),
            ({"user": "admin"}, ("/user", "unknown_field")),
            ({"key": "x"}, ("/key", "unknown_field")),
        ],
    )
    def test_a_bad_field_is_named(
        self, alice: Caller, asked: dict[str, Any], wrong: tuple[str, str]
    ) -> None:
        answer = alice.post("/api_keys/verify", {"secret": "x", **asked})
        assert (answer.status, answer.code, answer.errors) == (400, "invalid_input", {wrong})

    def test_the_secret_is_required(self, alice: Caller) -> None:
        assert alice.post("/api_keys/verify", {}).errors == {("/secret", "required")}

    def test_a_body_may_be_larger_than_elsewhere(self, alice: Caller) -> None:
        headers = {f"X-{number}": "x" * 8000 for number in range(30)}
        asked = {
            "secret": alice.issue()["secret"],
            "signed_request": {"method": "GET", "url": "/", "headers": headers},
        }
        assert alice.post("/api_keys/verify", asked).status == 200
        headers |= {f"Y-{number}": "x" * 8000 for number in range(5)}
        answer = alice.post("/api_keys/verify", asked)
        assert (answer.status, answer.code) == (413, "body_too_large")
        assert alice.post("/api_keys", asked).status == 413

    def test_an_idempotency_key_is_ignored(self, alice: Caller) -> None:
        first, second = (alice.issue(name)["secret"] for name in ("first", "second"))
        answers = [
            alice.post("/api_keys/verify", {"secret": secret}, idempotency_key="same")
            for secret in (first, second)
        ]
        assert [answer.body["key"]["name"] for answer in answers] == ["first", "second"]
        assert "Idempotent-Replayed" not in answers[1].headers

    def test_it_is_never_asked_by_get(self, alice: Caller) -> None:
        answer = alice.get("/api_keys/verify")
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_a_dry_run_is_answered_alike_and_leaves_no_trace(alice: Caller) -> None:
    issued = alice.issue()
    events = AuditEvent.objects.count()
    assert alice.verify(issued["secret"], dry_run=True) == alice.verify(issued["secret"])
    assert AuditEvent.objects.count() == events


def test_it_needs_its_own_scope(alice: Caller) -> None:
    verifier = Caller(alice.issue(key_type="management", scopes=["api_keys:verify"])["secret"])
    reader = Caller(alice.issue(key_type="management", scopes=["api_keys:read"])["secret"])
    secret = alice.issue()["secret"]
    assert verifier.verify(secret)["valid"]
    answer = reader.post("/api_keys/verify", {"secret": secret})
    assert (answer.status, answer.code) == (403, "insufficient_scope")


def test_an_endpoint_that_holds_a_key_is_refused_and_not_repeated(alice: Caller) -> None:
    secret = alice.issue()["secret"]
    answer = alice.post("/api_keys/verify", {"secret": secret, "endpoint": f"/hook/{secret}"})
    assert (answer.status, answer.errors) == (400, {("/endpoint", "invalid_text")})
    assert secret not in answer.content.decode()
