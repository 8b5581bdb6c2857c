"""The wire as both of Clerk's clients need it, trap by trap."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from apikeys.models import ApiKey
from tests.apikeys.dialects.clerk.calling import KEYS, SUBJECT, Clerk, done, faults, refused
from tests.factories import minted

FIELDS = {
    *("object", "id", "type", "subject", "name", "description", "claims", "scopes"),
    *("revoked", "revocation_reason", "expired", "expiration"),
    *("created_by", "last_used_at", "created_at", "updated_at"),
}
NULL_AT_FIRST = {"description", "claims", "revocation_reason", "expiration", "last_used_at"}
SPEAKEASY = "speakeasy-sdk/python"


def row(key_id: str) -> ApiKey:
    found: ApiKey = ApiKey.objects.whole().get(public_id=key_id.replace("ak_", "key_"))
    return found


def test_a_new_key_has_every_field_with_null_for_what_is_empty(alice: Clerk) -> None:
    made = alice.made()
    assert set(made) == FIELDS | {"secret"}
    assert {name for name, value in made.items() if value is None} == NULL_AT_FIRST
    assert (made["object"], made["type"], made["scopes"]) == ("api_key", "api_key", [])
    assert (made["revoked"], made["expired"]) == (False, False)


def test_no_other_answer_has_the_secret_or_the_word_deleted(alice: Clerk) -> None:
    made = alice.made()
    answers = [
        done(alice.get(made["id"])),
        done(alice.update(made["id"], description="d")),
        done(alice.verify(made["secret"])),
        done(alice.revoke(made["id"])),
        *done(alice.page(include_invalid="true"))["data"],
    ]
    assert [set(it) for it in answers] == [FIELDS] * 5


def test_what_is_deleted_is_told_by_three_members(alice: Clerk) -> None:
    made = alice.made()
    expected = {"object": "api_key", "id": made["id"], "deleted": True}
    assert done(alice.delete(made["id"])) == expected
    assert refused(alice.get(made["id"])) == (404, "resource_not_found")
    assert refused(alice.delete(made["id"])) == (404, "resource_not_found")


def test_times_are_whole_milliseconds(alice: Clerk) -> None:
    made = alice.made(seconds_until_expiration=60)
    stored = row(made["id"])
    for name, moment in (
        ("created_at", stored.created_at),
        ("updated_at", stored.updated_at),
        ("expiration", stored.expires_at),
    ):
        assert isinstance(made[name], int)
        assert made[name] / 1000 == pytest.approx(moment.timestamp(), abs=0.0011)  # type: ignore[union-attr]  # it has an end


@pytest.mark.parametrize(
    ("agent", "status"),
    [
        (f"{SPEAKEASY} 4.2.0 2.796.4 2025-11-10 clerk-backend-api", 200),
        (f"{SPEAKEASY} 4.10.11 2.796.4 2025-11-10 clerk-backend-api", 200),
        (f"{SPEAKEASY} 5.0.0 2.796.4 2025-11-10 clerk-backend-api", 200),
        (f"{SPEAKEASY} 5.0.3 2.796.4 2025-11-10 clerk-backend-api", 200),
        (f"{SPEAKEASY} 5.0.4 2.796.4 2025-11-10 clerk-backend-api", 201),
        (f"{SPEAKEASY} 5.0.30 2.796.4 2025-11-10 clerk-backend-api", 201),
        (f"{SPEAKEASY} 5.1.0 2.796.4 2025-11-10 clerk-backend-api", 201),
        (f"{SPEAKEASY} 7.0.0 2.928.0 2026-05-12 clerk-backend-api", 201),
        (f"{SPEAKEASY} 40.0.0 2.928.0 2026-05-12 clerk-backend-api", 201),
        ("@clerk/backend@3.20.1", 201),
        ("something speakeasy-sdk/python 4.2.0", 201),
        ("", 201),
    ],
)
def test_a_create_is_200_for_the_clients_that_take_nothing_else(
    alice: Clerk, agent: str, status: int
) -> None:
    body = {"name": "abc", "subject": SUBJECT}
    assert alice.call("POST", KEYS, body, User_Agent=agent).status == status


@pytest.mark.parametrize("keys", ["/clerk/api_keys", "/clerk/v1/api_keys"])
def test_every_route_is_there_with_and_without_v1(alice: Clerk, keys: str) -> None:
    clerk = Clerk(alice.secret, keys)
    made = clerk.made()
    assert clerk.names() == ["a key"]
    for answer in (
        clerk.get(made["id"]),
        clerk.update(made["id"]),
        clerk.secret_of(made["id"]),
        clerk.verify(made["secret"]),
        clerk.revoke(made["id"]),
        clerk.delete(made["id"]),
    ):
        done(answer)


@pytest.mark.parametrize("path", [f"{KEYS}/", f"{KEYS}/verify/", "/clerk/api_keys/"])
def test_a_trailing_slash_is_missing_and_never_a_redirect(alice: Clerk, path: str) -> None:
    assert refused(alice.call("POST", path, {}))[0] == 404


def test_a_get_without_a_body_may_still_announce_json(alice: Clerk) -> None:
    made = alice.made()
    for method, path in (
        ("GET", KEYS + f"?subject={SUBJECT}"),
        ("GET", f"{KEYS}/{made['id']}"),
        ("POST", f"{KEYS}/{made['id']}/revoke"),
        ("DELETE", f"{KEYS}/{made['id']}"),
    ):
        where, _, query = path.partition("?")
        done(alice.call(method, where, query=query))


def test_the_id_is_ours_under_clerks_prefix_and_the_secret_starts_like_one(alice: Clerk) -> None:
    made = alice.made()
    assert made["id"] == f"ak_{row(made['id']).hex}"
    assert re.fullmatch("ak_[0-9a-f]{32}", made["id"])
    assert made["secret"].startswith("ak_live_")


def test_an_id_may_have_the_longer_prefix_and_capitals(alice: Clerk) -> None:
    made = alice.made()
    digits = made["id"].removeprefix("ak_")
    for spelled in (f"api_key_{digits}", f"ak_{digits.upper()}", f"api_key_{digits.upper()}"):
        assert done(alice.get(spelled))["id"] == made["id"]
    assert done(alice.delete(f"api_key_{digits}"))["id"] == made["id"]


def test_unknown_foreign_and_impossible_ids_are_answered_alike(
    alice: Clerk, charlie: Clerk
) -> None:
    hers = alice.made()["id"]
    ids = [
        hers,
        f"ak_{'0' * 32}",
        hers.replace("ak_", "key_"),
        f"{hers}0",
        "ak_",
        "1",
        "%00",
        "ak_%ED%A0%80",
        "ak_" + "\u0660" * 32,
    ]
    for method, tail in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/secret"),
        ("POST", "/revoke"),
    ):
        told = {
            charlie.call(method, f"{KEYS}/{it}{tail}", X_Request_ID="the-same-one").content
            for it in ids
        }
        assert len(told) == 1, method
        assert json.loads(told.pop())["errors"][0]["code"] == "resource_not_found"
    assert done(alice.get(hers))["revoked"] is False


def test_a_key_made_elsewhere_is_shown_as_far_as_clerk_has_words(alice: Clerk, tenant: Any) -> None:
    key, secret = minted(
        tenant=tenant.public_id,
        name="x",
        description="d" * 600,
        subject="anything at all",
        hold="deprecated",
        environment="test",
        scopes=["a"],
        permissions=["read"],
        metadata={"a": 1},
        tags=["t"],
        expires_at=datetime(2090, 1, 1, tzinfo=UTC),
    )
    shown = done(alice.get(f"ak_{key.hex}"))
    assert (shown["name"], shown["subject"]) == ("x", "anything at all")
    assert shown["description"] == "d" * 600
    assert shown["expiration"] == 3_786_912_000_000
    verified = done(alice.verify(secret))  # which is a use, and told as one
    assert verified == done(alice.get(f"ak_{key.hex}"))


def test_what_clerk_has_no_word_for_is_left_alone(alice: Clerk, tenant: Any) -> None:
    key, _ = minted(tenant=tenant.public_id, hold="disabled", tags=["t"], max_uses=3)
    done(alice.update(f"ak_{key.hex}", claims=[1], scopes=["b"], subject="somebody"))
    after = row(key.public_id)
    assert (after.claims, after.scopes, after.subject) == ([1], ["b"], "somebody")
    assert (after.hold, after.tags, after.limits.max_uses) == ("disabled", ["t"], 3)


def test_an_update_without_members_changes_nothing(alice: Clerk) -> None:
    made = alice.made(description="d")
    assert done(alice.update(made["id"]))["updated_at"] == made["updated_at"]


def test_the_openapi_document_tells_of_one_mount(alice: Clerk) -> None:
    document = alice.call("GET", "/clerk/openapi.json").body
    assert document["info"]["title"] == "Clerk's API Keys API, spoken by keyservice"
    assert all(it.startswith("/clerk/v1/") for it in document["paths"])
    of_keys = [it for name, it in document["paths"].items() if "/api_keys" in name]
    assert len([method for path in of_keys for method in path]) == 8
    shape = document["components"]["schemas"]["Key"]
    assert set(shape["properties"]) == set(shape["required"]) == FIELDS


def test_a_query_is_for_the_list_alone(alice: Clerk) -> None:
    made = alice.made()
    answer = alice.call("GET", f"{KEYS}/{made['id']}", query="subject=x")
    assert faults(answer) == {("subject", "form_param_unknown")}
