"""`GET …/users/{user_email}/api-keys`, and how a key is shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.dialects.mixpeek import views, wire
from apikeys.domain.attributes import HOLDS
from apikeys.models import Tenant
from apikeys.operations import Actor, delete_key, revise_key, rotate_secret
from tests.apikeys.dialects.mixpeek.calling import EMAIL, Mixpeek, code, done, faults
from tests.factories import minted

SYSTEM = Actor.system("tests")
PAST = "2020-01-01T00:00:00Z"


def names(listed: dict[str, Any]) -> list[str]:
    return [key["name"] for key in listed["results"]]


def native(tenant: Tenant, **attributes: Any) -> str:
    key, _ = minted(**{"tenant": tenant.public_id, "subject": EMAIL, "name": "n", **attributes})
    return str(key.public_id)


def test_it_is_an_object_with_results_newest_first_and_a_total(alice: Mixpeek) -> None:
    alice.made("first")
    alice.made("second")
    listed = done(alice.listed())
    assert set(listed) == {"results", "total"}
    assert (names(listed), listed["total"]) == (["second", "first"], 2)
    assert all("key" not in key for key in listed["results"])


def test_it_has_this_users_keys_only_however_they_were_made(alice: Mixpeek, tenant: Tenant) -> None:
    alice.made("theirs", user="other@example.com")
    native(tenant, name="native")
    assert names(done(alice.listed())) == ["native"]


def test_revoked_keys_are_hidden_unless_they_are_asked_for(alice: Mixpeek) -> None:
    for name in ("gone", "there"):
        alice.made(name)
    alice.delete("gone")
    assert names(done(alice.listed())) == ["there"]
    assert names(done(alice.listed(include_revoked="false"))) == ["there"]
    everything = done(alice.listed(include_revoked="true"))
    assert (names(everything), everything["total"]) == (["there", "gone"], 2)


def test_expired_and_held_keys_are_not_hidden(alice: Mixpeek, tenant: Tenant) -> None:
    revise_key(SYSTEM, native(tenant, name="old"), expires_at=PAST)
    native(tenant, name="held", hold="suspended")
    assert [key["status"] for key in done(alice.listed())["results"]] == ["revoked", "expired"]


def test_a_user_whose_keys_are_all_revoked_has_an_empty_list(alice: Mixpeek) -> None:
    alice.made("ci")
    alice.delete("ci")
    assert done(alice.listed()) == {"results": [], "total": 0}


def test_there_are_no_session_keys_to_include(alice: Mixpeek) -> None:
    alice.made("ci")
    without, with_them = (done(alice.listed(include_session_keys=it)) for it in ("false", "true"))
    assert without == with_them


@pytest.mark.parametrize("word", ["True", "1", "yes"])
@pytest.mark.parametrize("name", ["include_revoked", "include_session_keys"])
def test_only_true_and_false_are_booleans(alice: Mixpeek, name: str, word: str) -> None:
    alice.made("ci")
    assert faults(alice.listed(**{name: word})) == {(name, "not_boolean")}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("page=2", ("page", "unknown_parameter")),
        ("subject=x", ("subject", "unknown_parameter")),
        ("include_revoked=", ("include_revoked", "empty_parameter")),
        ("include_revoked=true&include_revoked=true", ("include_revoked", "repeated_parameter")),
        ("force=true", ("force", "unknown_parameter")),
    ],
)
def test_a_strange_query_is_422(alice: Mixpeek, query: str, fault: tuple[str, str]) -> None:
    alice.made("ci")
    path = "/mixpeek/v1/organizations/users/ann%2Bci%40example.com/api-keys"
    assert faults(alice.call("GET", path, query=query)) == {fault}


def test_a_user_without_any_key_is_unknown(alice: Mixpeek, tenant: Tenant) -> None:
    delete_key(SYSTEM, native(tenant))
    assert code(alice.listed()) == (404, "not_found")


def test_the_newest_of_very_many_are_shown_and_all_are_counted(
    alice: Mixpeek, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LISTED_MAX", 2)
    for name in ("1", "2", "3"):
        alice.made(name)
    listed = done(alice.listed())
    assert (names(listed), listed["total"]) == (["3", "2"], 3)


def test_more_keys_cost_no_more_queries(alice: Mixpeek) -> None:
    counts = []
    for name in ("1", "2", "3"):
        alice.made(name)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            alice.listed()
        counts.append(len(queries))
    assert len(set(counts)) == 1


class TestShown:
    """A key as an APIKeyModel."""

    @pytest.mark.parametrize("hold", HOLDS)
    def test_a_held_key_does_not_work_so_it_is_not_active(
        self, alice: Mixpeek, tenant: Tenant, hold: str
    ) -> None:
        native(tenant, hold=hold)
        shown = alice.shown("n")
        assert shown["status"] == ("active" if hold == "deprecated" else "revoked")
        assert (shown["revoked_at"], shown["revoked_by"]) == (None, None)

    def test_a_key_in_the_grace_of_a_rotation_is_active(
        self, alice: Mixpeek, tenant: Tenant
    ) -> None:
        rotate_secret(SYSTEM, native(tenant), grace_seconds=60)
        assert alice.shown("n")["status"] == "active"

    def test_a_management_key_is_a_standard_one(self, alice: Mixpeek, tenant: Tenant) -> None:
        native(tenant, key_type="management", scopes=["api_keys:read"])
        assert alice.shown("n")["key_type"] == "standard"

    def test_a_subscriptions_key_says_so(self, alice: Mixpeek, tenant: Tenant) -> None:
        native(tenant, key_type="marketplace_subscription", subscription_id="sub_1")
        shown = alice.shown("n")
        told = (shown["key_type"], shown["subscription_id"])
        assert told == ("marketplace_subscription", "sub_1")

    def test_a_key_of_nobody_in_particular_is_the_tenants(
        self, alice: Mixpeek, tenant: Tenant
    ) -> None:
        minted(tenant=tenant.public_id, name="n")
        assert alice.shown("n", user=tenant.public_id)["user_id"] == tenant.public_id

    def test_a_principal_that_is_no_text_is_not_shown(self, alice: Mixpeek, tenant: Tenant) -> None:
        native(tenant, metadata={"principal_id": 7})
        assert alice.shown("n")["principal_id"] is None

    def test_no_origin_at_all_is_not_shown_as_any_origin(
        self, alice: Mixpeek, tenant: Tenant
    ) -> None:
        native(tenant, allowed_origins=[])
        assert alice.shown("n")["allowed_origins"] == [wire.NO_ORIGIN]
