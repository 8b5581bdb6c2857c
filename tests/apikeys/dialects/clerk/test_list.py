"""The list: of one subject, newest first, by limit and offset."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.operations import Actor, delete_key, revise_key, revoke_key
from apikeys.operations.reaching import utc_now
from tests.apikeys.dialects.clerk.calling import KEYS, SUBJECT, Clerk, done, faults
from tests.factories import minted

INVALID = "form_param_value_invalid"
HELD = ("disabled", "suspended", "pending_verification", "pending_review", "maintenance")


@pytest.fixture
def many(alice: Clerk) -> Clerk:
    """Alice, with twelve keys of one subject and one of another."""
    for number in range(12):
        alice.made(f"key {number}")
    alice.made("another's", subject="user_2")
    return alice


def test_ten_of_all_matches_come_newest_first(many: Clerk) -> None:
    page = done(many.page())
    assert set(page) == {"data", "total_count"}
    assert [key["name"] for key in page["data"]] == [f"key {it}" for it in range(11, 1, -1)]
    assert page["total_count"] == 12


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "2", "offset": "1"}, ["key 10", "key 9"]),
        ({"limit": "2.0", "offset": "10.0"}, ["key 1", "key 0"]),
        ({"limit": "500", "offset": "12"}, []),
        ({"limit": "1", "offset": "9007199254740991"}, []),
        ({"limit": "1", "type": "api_key", "include_invalid": "false"}, ["key 11"]),
        ({"query": "KEY 7"}, ["key 7"]),
        ({"query": "nothing"}, []),
        ({"subject": "user_2"}, ["another's"]),
        ({"subject": "user_3"}, []),
    ],
)
def test_a_page_is_cut_as_it_was_asked_for(
    many: Clerk, query: dict[str, str], expected: list[str]
) -> None:
    assert many.names(**query) == expected


def test_the_count_is_of_all_that_match(many: Clerk) -> None:
    assert done(many.page(query="key 1", limit=1))["total_count"] == 3
    assert done(many.page(offset=100))["total_count"] == 12


@pytest.mark.parametrize(
    ("query", "member", "code"),
    [
        ({"limit": "0"}, "limit", INVALID),
        ({"limit": "501"}, "limit", INVALID),
        ({"limit": "1.5"}, "limit", INVALID),
        ({"limit": "1e2"}, "limit", INVALID),
        ({"limit": "\u0661"}, "limit", INVALID),
        ({"limit": "9" * 400}, "limit", INVALID),
        ({"limit": ""}, "limit", INVALID),
        ({"offset": "-1"}, "offset", INVALID),
        ({"offset": "1e300"}, "offset", INVALID),
        ({"offset": "9007199254740992"}, "offset", INVALID),
        ({"include_invalid": "1"}, "include_invalid", INVALID),
        ({"include_invalid": "True"}, "include_invalid", INVALID),
        ({"type": "other"}, "type", INVALID),
        ({"query": ""}, "query", INVALID),
        ({"subject": ""}, "subject", INVALID),
        ({"order_by": "name"}, "order_by", "form_param_unknown"),
        ({"cursor": "x"}, "cursor", "form_param_unknown"),
    ],
)
def test_a_bad_parameter_is_named(
    alice: Clerk, query: dict[str, str], member: str, code: str
) -> None:
    assert faults(alice.page(**query)) == {(member, code)}


def test_a_subject_is_required_and_given_once(alice: Clerk) -> None:
    assert faults(alice.call("GET", KEYS)) == {("subject", "form_param_missing")}
    twice = alice.call("GET", KEYS, query="subject=a&subject=b")
    assert faults(twice) == {("subject", "form_param_duplicate")}


def test_keys_that_are_over_are_listed_only_when_asked_for(alice: Clerk, tenant: Any) -> None:
    system = Actor.system()
    names = ("good", "revoked", "expired", "deleted")
    keys = {it: minted(tenant=tenant.public_id, name=it, subject=SUBJECT)[0] for it in names}
    revoke_key(system, keys["revoked"].public_id)
    past = (utc_now() - timedelta(seconds=1)).isoformat()
    revise_key(system, keys["expired"].public_id, expires_at=past)
    delete_key(system, keys["deleted"].public_id)
    assert alice.names() == ["good"]
    assert alice.names(include_invalid="true") == ["expired", "revoked", "good"]
    told = done(alice.page(include_invalid="true"))["data"]
    assert [(key["expired"], key["revoked"]) for key in told] == [
        (True, False),
        (False, True),
        (False, False),
    ]


@pytest.mark.parametrize("hold", HELD)
def test_a_held_key_is_listed_and_not_revoked(alice: Clerk, tenant: Any, hold: str) -> None:
    minted(tenant=tenant.public_id, name="held", subject=SUBJECT, hold=hold)
    assert [(key["name"], key["revoked"]) for key in done(alice.page())["data"]] == [
        ("held", False)
    ]


def test_another_tenant_has_a_list_of_its_own(many: Clerk, charlie: Clerk) -> None:
    assert done(charlie.page()) == {"data": [], "total_count": 0}


def test_a_page_takes_as_many_queries_for_ten_keys_as_for_one(many: Clerk) -> None:
    def queries_of_a_page(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            many.page(limit=limit)
        return len(queries)

    queries_of_a_page(1)  # the caller's first use makes rows that later ones change
    assert queries_of_a_page(1) == queries_of_a_page(10)
