"""`POST …/users/{user_email}/api-keys`."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apikeys.models import ApiKey, Tenant
from tests.apikeys.dialects.mixpeek.calling import EMAIL, Mixpeek, code, done, faults
from tests.calling import Caller
from tests.factories import minted

MODEL = {
    *("key_id", "key_hash", "key_prefix", "key_type", "subscription_id", "is_internal"),
    *("internal_id", "organization_id", "user_id", "name", "description", "permissions", "scopes"),
    *("rate_limit_override", "status", "expires_at", "last_used_at", "created_at", "created_by"),
    *("revoked_at", "revoked_by", "allowed_origins", "principal_id"),
}
MINUTE = timedelta(minutes=1)


def native(key: dict[str, Any]) -> ApiKey:
    found: ApiKey = ApiKey.objects.whole().get(public_id=key["key_id"])
    return found


def test_it_is_200_and_has_every_field_and_the_secret_once(alice: Mixpeek, tenant: Tenant) -> None:
    made = alice.made("ci")
    assert set(made) == MODEL | {"key"}
    assert re.fullmatch(r"sk_live_[0-9A-Za-z]{49}", made["key"])
    assert made["key_prefix"] == made["key"][:10]
    assert made["key_hash"] == hashlib.sha256(made["key"].encode()).hexdigest()
    assert made["internal_id"] == made["organization_id"] == tenant.public_id
    assert made["user_id"] == native(made).subject == EMAIL
    assert made["key"] not in str(done(alice.listed()))


def test_what_is_not_given_has_mixpeeks_defaults(alice: Mixpeek) -> None:
    made = alice.made("ci")
    told = {name: made[name] for name in MODEL - {"key_id", "key_hash", "key_prefix"}}
    assert told == {
        "name": "ci",
        "description": "",
        "permissions": ["read", "write", "delete"],
        "scopes": [],
        "key_type": "standard",
        "status": "active",
        "is_internal": False,
        "user_id": EMAIL,
        **{name: made[name] for name in ("internal_id", "organization_id", "created_by")},
        "created_at": made["created_at"],
        **dict.fromkeys(
            ("subscription_id", "rate_limit_override", "expires_at", "last_used_at", "revoked_at")
        ),
        **dict.fromkeys(("revoked_by", "allowed_origins", "principal_id")),
    }
    assert native(made).resource_scopes is None


def test_every_field_that_can_be_given_is_kept(alice: Mixpeek) -> None:
    scope = {"resource_type": "namespace", "resource_id": "ns_a*", "operations": ["read_data"]}
    given: dict[str, Any] = {
        "description": "two\nlines",
        "permissions": ["read", "admin"],
        "scopes": [scope, {"resource_type": "bucket", "resource_id": "*"}],
        "rate_limit_override": 10,
        "expires_at": "2090-01-01T00:00:00Z",
        "principal_id": "end-user-1",
        "allowed_origins": ["https://*.example.com"],
    }
    made = alice.made("ci", **given)
    assert {name: made[name] for name in given} == given
    key = native(made)
    assert (key.limits.requests_per_minute, key.metadata) == (10, {"principal_id": "end-user-1"})


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2090-01-01T00:00:00", "2090-01-01T00:00:00Z"),
        ("2090-01-01T00:00:00.250000", "2090-01-01T00:00:00.250000Z"),
        ("2090-01-01T02:00:00+02:00", "2090-01-01T00:00:00Z"),
        ("2090-01-01T00:00:00Z", "2090-01-01T00:00:00Z"),
    ],
)
def test_a_time_without_an_offset_is_utc(alice: Mixpeek, given: str, shown: str) -> None:
    assert alice.made("ci", expires_at=given)["expires_at"] == shown


def test_null_counts_as_not_given(alice: Mixpeek) -> None:
    fields = ("description", "permissions", "scopes", "rate_limit_override", "expires_at")
    nothing: dict[str, Any] = dict.fromkeys((*fields, "principal_id", "allowed_origins"))
    made = alice.made("ci", **nothing)
    assert made["permissions"] == ["read", "write", "delete"]


def test_an_empty_list_of_scopes_or_origins_is_no_restriction(alice: Mixpeek) -> None:
    key = native(alice.made("ci", scopes=[], allowed_origins=[]))
    assert (key.resource_scopes, key.policy.allowed_origins) == (None, None)


def test_the_secret_works(alice: Mixpeek) -> None:
    made = alice.made("ci", permissions=["write"])
    caller = Caller(alice.secret)
    assert caller.verify(made["key"], permissions=["read"])["valid"] is True
    assert caller.verify(made["key"], permissions=["admin"])["code"] == "insufficient_scope"


def test_a_name_that_is_live_for_the_user_is_taken(alice: Mixpeek) -> None:
    alice.made("ci")
    assert code(alice.create(name="ci")) == (409, "name_taken")
    alice.made("ci", user="other@example.com")
    alice.delete("ci")
    alice.made("ci")


def test_a_name_is_free_in_another_tenant(alice: Mixpeek, charlie: Mixpeek) -> None:
    alice.made("ci")
    charlie.made("ci")


def test_a_native_key_of_the_user_holds_its_name_too(alice: Mixpeek, tenant: Tenant) -> None:
    minted(tenant=tenant.public_id, subject=EMAIL, name="ci")
    assert code(alice.create(name="ci")) == (409, "name_taken")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("name", "required")),
        ({"name": None}, ("name", "not_text")),
        ({"name": ""}, ("name", "too_short")),
        ({"name": "x" * 101}, ("name", "invalid_text")),
        ({"name": 1}, ("name", "not_text")),
        ({"description": "x" * 501}, ("description", "invalid_text")),
        ({"permissions": "read"}, ("permissions", "not_list")),
        ({"permissions": ["READ"]}, ("permissions.0", "unknown_choice")),
        ({"scopes": [{}]}, ("scopes.0", "required")),
        (
            {"scopes": [{"resource_type": "galaxy", "resource_id": "*"}]},
            ("scopes.0.resource_type", "unknown_choice"),
        ),
        (
            {"scopes": [{"resource_type": "bucket", "resource_id": "x" * 101}]},
            ("scopes.0.resource_id", "invalid_text"),
        ),
        (
            {"scopes": [{"resource_type": "bucket", "resource_id": "a*b*c*"}]},
            ("scopes.0.resource_id", "invalid_text"),
        ),
        (
            {"scopes": [{"resource_type": "bucket", "resource_id": "*", "operations": ["fly"]}]},
            ("scopes.0.operations.0", "unknown_choice"),
        ),
        ({"rate_limit_override": 0}, ("rate_limit_override", "out_of_range")),
        ({"rate_limit_override": 10.0}, ("rate_limit_override", "not_integer")),
        ({"rate_limit_override": "10"}, ("rate_limit_override", "not_integer")),
        ({"rate_limit_override": True}, ("rate_limit_override", "not_integer")),
        ({"expires_at": "tomorrow"}, ("expires_at", "not_time")),
        ({"expires_at": "2020-01-01T00:00:00"}, ("expires_at", "in_the_past")),
        ({"expires_at": 1900000000}, ("expires_at", "not_time")),
        ({"principal_id": ""}, ("principal_id", "too_short")),
        ({"principal_id": 7}, ("principal_id", "not_text")),
        ({"allowed_origins": ["example.com"]}, ("allowed_origins.0", "invalid_text")),
        ({"status": "active"}, ("status", "unknown_field")),
        ({"metadata": {}}, ("metadata", "unknown_field")),
        ({"resource_scopes": []}, ("resource_scopes", "unknown_field")),
        ({"a/b": 1}, ("a/b", "unknown_field")),
    ],
)
def test_a_bad_field_is_422_under_mixpeeks_name_and_makes_no_key(
    alice: Mixpeek, body: dict[str, object], fault: tuple[str, str]
) -> None:
    before = ApiKey.objects.count()
    answer = alice.create(**({"name": "ci"} if "name" not in body and body else {}), **body)
    assert faults(answer) == {fault}
    assert ApiKey.objects.count() == before


def test_all_faults_are_told_at_once(alice: Mixpeek) -> None:
    answer = alice.create(name="", description=1, colour="red")
    assert {field for field, _ in faults(answer)} == {"name", "description", "colour"}


def test_a_user_that_is_too_long_is_told_as_the_user(alice: Mixpeek) -> None:
    assert faults(alice.create("x" * 256, name="ci")) == {("user_email", "invalid_text")}


def test_created_at_is_now_and_ends_in_z(alice: Mixpeek) -> None:
    told = alice.made("ci")["created_at"]
    assert told.endswith("Z")
    assert abs(datetime.fromisoformat(told) - datetime.now(UTC)) < MINUTE
