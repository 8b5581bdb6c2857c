"""What create, update and revoke take, and how they refuse the rest."""

from __future__ import annotations

from typing import Any

import pytest

from apikeys.models import ApiKey
from tests.apikeys.dialects.clerk.calling import KEYS, SUBJECT, Clerk, done, faults, refused
from tests.apikeys.dialects.clerk.conftest import hired

INVALID, WRONG_TYPE = "form_param_value_invalid", "form_param_type_invalid"
TEN_YEARS = 10 * 366 * 86_400

NEW = [
    ({"name": "ab"}, "name", INVALID),
    ({"name": " abc"}, "name", INVALID),
    ({"name": "abc "}, "name", INVALID),
    ({"name": "a\u202ebc"}, "name", INVALID),
    ({"name": "n" * 201}, "name", INVALID),
    ({"name": None}, "name", WRONG_TYPE),
    ({"name": 1}, "name", WRONG_TYPE),
    ({"subject": ""}, "subject", INVALID),
    ({"subject": None}, "subject", WRONG_TYPE),
    ({"subject": "s" * 256}, "subject", INVALID),
    ({"type": "machine"}, "type", INVALID),
    ({"created_by": ""}, "created_by", INVALID),
    ({"environment": "test"}, "environment", "form_param_unknown"),
    ({"key_type": "management"}, "key_type", "form_param_unknown"),
    ({"expires_at": "2090-01-01T00:00:00Z"}, "expires_at", "form_param_unknown"),
    ({"a/b~c": 1}, "a/b~c", "form_param_unknown"),
]
EITHER: list[tuple[dict[str, Any], str, str]] = [
    ({"description": "d" * 256}, "description", INVALID),
    ({"description": 1}, "description", WRONG_TYPE),
    ({"scopes": "a"}, "scopes", WRONG_TYPE),
    ({"scopes": ["a", 1]}, "scopes", WRONG_TYPE),
    ({"scopes": [""]}, "scopes", INVALID),
    ({"scopes": ["s" * 257]}, "scopes", INVALID),
    ({"scopes": [f"s{it}" for it in range(101)]}, "scopes", INVALID),
    ({"claims": "c" * 9000}, "claims", INVALID),
    ({"seconds_until_expiration": 0}, "seconds_until_expiration", INVALID),
    ({"seconds_until_expiration": -1.5}, "seconds_until_expiration", INVALID),
    ({"seconds_until_expiration": 1e300}, "seconds_until_expiration", INVALID),
    ({"seconds_until_expiration": TEN_YEARS + 1}, "seconds_until_expiration", INVALID),
    ({"seconds_until_expiration": "60"}, "seconds_until_expiration", WRONG_TYPE),
    ({"seconds_until_expiration": True}, "seconds_until_expiration", WRONG_TYPE),
]
CHANGES = [
    ({"name": "abc"}, "name", "form_param_unknown"),
    ({"type": "api_key"}, "type", "form_param_unknown"),
    ({"created_by": "user_1"}, "created_by", "form_param_unknown"),
    ({"subject": None}, "subject", "form_param_nil"),
    ({"scopes": None}, "scopes", "form_param_nil"),
]


@pytest.mark.parametrize(("body", "member", "code"), [*NEW, *EITHER])
def test_a_create_names_the_bad_member(
    alice: Clerk, body: dict[str, Any], member: str, code: str
) -> None:
    before = ApiKey.objects.count()
    answer = alice.call("POST", KEYS, {"name": "abc", "subject": SUBJECT, **body})
    assert faults(answer) == {(member, code)}
    assert ApiKey.objects.count() == before


@pytest.mark.parametrize(("body", "member", "code"), [*CHANGES, *EITHER])
def test_an_update_names_the_bad_member_and_changes_nothing(
    alice: Clerk, body: dict[str, Any], member: str, code: str
) -> None:
    made = alice.made(description="as it was")
    answer = alice.update(made["id"], **{"claims": "changed", **body})
    assert faults(answer) == {(member, code)}
    assert done(alice.get(made["id"]))["claims"] is None


def test_all_faults_are_told_at_once_with_their_places(alice: Clerk) -> None:
    answer = alice.call("POST", KEYS, {"scopes": ["a", 2], "strange": 1})
    assert faults(answer) == {
        ("name", "form_param_missing"),
        ("subject", "form_param_missing"),
        ("scopes", WRONG_TYPE),
        ("strange", "form_param_unknown"),
    }
    told = {it["meta"]["param_name"]: it["long_message"] for it in answer.body["errors"]}
    assert told["scopes"].startswith("scopes/1: ")


@pytest.mark.parametrize("claims", [{"a": {"B": [None, 1.5]}}, "text", 7, False, [], {}])
def test_claims_are_any_json(alice: Clerk, claims: object) -> None:
    made = alice.made(claims=claims)
    assert made["claims"] == claims
    assert done(alice.get(made["id"]))["claims"] == claims


@pytest.mark.parametrize("subject", ["user_1", "org_x", "anything at all", "ü@example.com"])
def test_a_subject_is_any_text(alice: Clerk, subject: str) -> None:
    assert alice.made(subject=subject)["subject"] == subject


def test_null_is_what_a_member_is_without(alice: Clerk) -> None:
    nothing = dict.fromkeys(
        ("description", "claims", "created_by", "seconds_until_expiration", "type")
    )
    made = alice.made(**nothing)
    assert (made["description"], made["claims"], made["expiration"]) == (None, None, None)
    assert made["created_by"].startswith("key_")


def test_null_clears_and_an_empty_description_is_none(alice: Clerk) -> None:
    made = alice.made(description="d", claims={"a": 1}, seconds_until_expiration=60)
    cleared = dict.fromkeys(("description", "claims", "seconds_until_expiration"))
    changed = done(alice.update(made["id"], **cleared))
    assert (changed["description"], changed["claims"], changed["expiration"]) == (None, None, None)
    assert done(alice.update(made["id"], description=""))["description"] is None


@pytest.mark.parametrize("seconds", [1, 3600.0, 0.5, 1.0005, TEN_YEARS])
def test_a_lifetime_may_be_any_fraction(alice: Clerk, seconds: float) -> None:
    made = alice.made(seconds_until_expiration=seconds)
    assert made["expiration"] - made["created_at"] == pytest.approx(seconds * 1000, abs=2)
    changed = done(alice.update(made["id"], seconds_until_expiration=seconds * 0.9))
    assert changed["expiration"] - changed["updated_at"] == pytest.approx(seconds * 900, abs=2)


def test_an_end_that_rounds_to_nothing_is_still_to_come_and_then_over(alice: Clerk) -> None:
    made = alice.made(seconds_until_expiration=1e-9)
    assert refused(alice.verify(made["secret"])) == (404, "resource_not_found")
    assert done(alice.get(made["id"]))["expired"] is True


def test_only_who_may_do_everything_names_the_maker(alice: Clerk, tenant: Any) -> None:
    assert alice.made(created_by="user_1")["created_by"] == "user_1"
    bob = hired(tenant, "api_keys:read", "api_keys:write")
    assert refused(bob.create("abc", created_by="user_1")) == (403, "authorization_invalid")
    assert bob.made(created_by=None)["created_by"].startswith("key_")


@pytest.mark.parametrize("body", [None, {}, {"revocation_reason": None}])
def test_a_revoke_needs_no_reason(alice: Clerk, body: object) -> None:
    made = alice.made()
    revoked = done(alice.call("POST", f"{KEYS}/{made['id']}/revoke", body))
    assert (revoked["revoked"], revoked["revocation_reason"]) == (True, None)


@pytest.mark.parametrize(
    ("body", "member", "code"),
    [
        ({"revocation_reason": 1}, "revocation_reason", WRONG_TYPE),
        ({"revocation_reason": "r" * 501}, "revocation_reason", INVALID),
        ({"reason": "r"}, "reason", "form_param_unknown"),
    ],
)
def test_a_revoke_names_the_bad_member(
    alice: Clerk, body: dict[str, Any], member: str, code: str
) -> None:
    made = alice.made()
    assert faults(alice.revoke(made["id"], **body)) == {(member, code)}
    assert done(alice.get(made["id"]))["revoked"] is False


def test_a_delete_takes_no_body(alice: Clerk) -> None:
    made = alice.made()
    answer = alice.call("DELETE", f"{KEYS}/{made['id']}", {"force": True})
    assert faults(answer) == {("force", "form_param_unknown")}
    done(alice.get(made["id"]))


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"name": NaN}', b"\xff", b"null"])
def test_a_body_that_is_no_object_is_400(alice: Clerk, body: bytes) -> None:
    assert alice.call("POST", KEYS, body).status == 400


def test_a_body_that_is_no_json_or_too_large_is_refused_in_the_same_shape(alice: Clerk) -> None:
    assert alice.call("POST", KEYS, b"a=b", Content_Type="text/plain").status == 415
    assert alice.call("POST", KEYS, b" " * 70_000).status == 413


def test_management_scopes_are_given_only_by_who_holds_them(alice: Clerk, tenant: Any) -> None:
    bob = hired(tenant, "api_keys:read", "api_keys:write")
    boss = f"ak_{ApiKey.objects.get(tenant=tenant, scopes=['*']).hex}"
    assert refused(bob.update(boss, scopes=["tenants:write"]))[0] == 403
    assert refused(alice.update(boss, scopes=["no such scope"])) == (400, INVALID)
