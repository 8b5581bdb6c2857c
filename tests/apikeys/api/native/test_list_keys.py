"""`GET /api_keys`: what it lists, to whom, and its filters. Pages are in `test_paging`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apikeys.api import pagination
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.models import ApiKey, UsageTotals
from apikeys.operations.reaching import utc_now
from tests.calling import Answer, Caller

LONG_AGO, FAR_AHEAD = "2001-01-01T00:00:00Z", "2095-01-01T00:00:00Z"


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.content
    return [key["name"] for key in answer.body["results"]]


def found(caller: Caller, **query: object) -> set[str]:
    return set(names(caller.get("/api_keys", query)))


def test_keys_are_listed_whole_and_newest_first(alice: Caller) -> None:
    alice.issue("older")
    alice.issue("newer")
    answer = alice.get("/api_keys")
    assert names(answer) == ["newer", "older", "Alice"]
    shown = {name for name, attribute in ATTRIBUTES.items() if attribute.shown}
    assert answer.body["results"][0].keys() == shown


def test_a_reader_sees_the_keys_of_its_tenant(alice: Caller, bob: Caller) -> None:
    alice.issue("hers")
    assert found(bob) == {"Alice", "Bob", "hers"}


def test_another_tenant_sees_its_own_keys_only(alice: Caller, charlie: Caller) -> None:
    alice.issue("hers")
    assert found(charlie) == {"Charlie"}
    assert found(charlie, search="hers") == set()
    assert found(charlie, tenant=alice.tenant_id) == set()


def test_the_root_key_sees_every_tenant_or_the_one_it_names(
    root: Caller, alice: Caller, charlie: Caller
) -> None:
    assert found(root) == {"root", "Alice", "Charlie"}
    assert found(root, tenant=charlie.tenant_id) == {"Charlie"}
    assert found(root, tenant="org_none") == set()


@pytest.mark.parametrize(
    "stop",
    [
        {"environment": "test"},
        {"subject": "customer-7"},
        {"tags": ["a", "b"]},
        {"scopes": ["orders:read"]},
        {"hold": "maintenance"},
        {"key_type": "marketplace_subscription"},
    ],
)
def test_a_filter_finds_what_has_the_value_and_nothing_else(
    alice: Caller, stop: dict[str, Any]
) -> None:
    alice.issue("sought", **stop)
    alice.issue("other")
    ((attribute, value),) = stop.items()
    name = {"tags": "tag", "scopes": "scope"}.get(attribute, attribute)
    word = value[0] if isinstance(value, list) else value
    assert found(alice, **{name: word}) == {"sought"}


def test_filters_are_joined(alice: Caller) -> None:
    alice.issue("both", tags=["a"], environment="test")
    alice.issue("one", tags=["a"])
    assert found(alice, tag="a", environment="test") == {"both"}


@pytest.mark.parametrize("text", ["STRASSE", "ße", "key_id", "customer-7", "key_prefix"])
def test_search_takes_a_part_of_the_name_or_an_exact_id_subject_or_prefix(
    alice: Caller, text: str
) -> None:
    sought = alice.issue("Hauptstraße", subject="customer-7", prefix="zz")
    alice.issue("other")
    wanted = {"key_id": sought["id"], "key_prefix": sought["key_prefix"]}.get(text, text)
    assert found(alice, search=wanted) == {"Hauptstraße"}


def test_search_does_not_find_by_secret(alice: Caller) -> None:
    secret = alice.issue("sought")["secret"]
    assert alice.get("/api_keys", {"search": secret}).code == "credential_in_url"
    assert found(alice, search=secret[12:]) == set()


def test_ends_and_beginnings_are_ranges(alice: Caller) -> None:
    alice.issue("ends", expires_at="2080-06-01T00:00:00Z")
    assert found(alice, expires_before="2080-06-01T00:00:01Z") == {"ends"}
    assert found(alice, expires_before="2080-06-01T00:00:00Z") == set()
    assert found(alice, expires_after="2080-05-31T23:59:59Z") == {"ends"}
    assert found(alice, created_before=LONG_AGO) == set()
    assert found(alice, created_after=LONG_AGO) == {"Alice", "ends"}


def test_unused_since_finds_the_never_used_and_the_long_unused(alice: Caller) -> None:
    used = alice.issue("used")
    alice.issue("unused")
    moment = utc_now()
    UsageTotals.objects.filter(key__public_id=used["id"]).update(
        last_used_at=moment + timedelta(hours=1)
    )
    assert found(alice, unused_since=moment.isoformat()) == {"Alice", "unused"}
    assert found(alice, unused_since=FAR_AHEAD) == {"Alice", "unused", "used"}
    assert found(alice, unused_since=LONG_AGO) == set()


class TestStatus:
    """The filter by the computed status: each key is under exactly one, the one it is shown."""

    @pytest.fixture
    def standing(self, alice: Caller) -> dict[str, str]:
        """A key for every status: its name is the status."""
        for hold in ("disabled", "suspended", "pending_verification", "pending_review"):
            alice.issue(hold, hold=hold)
        for hold in ("maintenance", "deprecated"):
            alice.issue(hold, hold=hold)
        alice.post(f"/api_keys/{alice.issue('revoked')['id']}/revoke")
        alice.post(f"/api_keys/{alice.issue('rotating')['id']}/rotate", {"grace_seconds": 60})
        alice.delete(f"/api_keys/{alice.issue('deleted')['id']}")
        ended = alice.issue("expired", expires_at=FAR_AHEAD)
        alice.patch(f"/api_keys/{ended['id']}", {"expires_at": LONG_AGO})
        alice.issue("active")
        rows = alice.get("/api_keys", {"limit": 100}).body["results"]
        return {key["name"]: key["status"] for key in rows}

    def test_each_is_found_by_its_own_status_alone(
        self, alice: Caller, standing: dict[str, str]
    ) -> None:
        for status in {*standing.values(), "deleted"} - {"active"}:
            assert found(alice, status=status) == {status}
        assert found(alice, status="active") == {"Alice", "active"}

    def test_the_status_shown_is_the_status_found(self, standing: dict[str, str]) -> None:
        del standing["Alice"]
        assert all(name == status for name, status in standing.items())

    def test_deleted_keys_are_listed_only_on_request(
        self, alice: Caller, standing: dict[str, str]
    ) -> None:
        assert "deleted" not in standing
        (deleted,) = alice.get("/api_keys", {"status": "deleted"}).body["results"]
        assert (deleted["name"], deleted["status"]) == ("deleted", "deleted")
        assert deleted["deleted_at"] is not None


@pytest.mark.parametrize(
    "query",
    [
        {"status": "asleep"},
        {"environment": "staging"},
        {"key_type": "root"},
        {"hold": "resting"},
        {"expires_before": "tomorrow"},
        {"expires_before": "2080-06-01T00:00:00"},
        {"unused_since": "2080-06-01"},
        {"limit": "0"},
        {"limit": "101"},
        {"cursor": "abc"},
        {"statsu": "active"},
        {"secret_prefix": "ks"},
        {"tenant__name": "x"},
    ],
)
def test_unknown_filters_and_impossible_values_are_errors(
    alice: Caller, query: dict[str, str]
) -> None:
    answer = alice.get("/api_keys", query)
    assert (answer.status, answer.code) == (400, "invalid_input")
    assert {pointer for pointer, _ in answer.errors} == {f"/{name}" for name in query}


def test_a_page_whose_keys_are_purged_meanwhile_is_not_the_last(
    alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, gone = pagination._page, alice.issue()["id"]

    def purging(*asked: Any) -> Any:
        found = page(*asked)
        ApiKey.objects.filter(public_id=gone).delete()
        return found

    monkeypatch.setattr(pagination, "_page", purging)
    first = alice.get("/api_keys", {"limit": "1"}).body
    assert first["results"] == []
    assert alice.get(first["next"]).body["results"][0]["id"] == alice.key_id


def test_a_list_takes_the_same_number_of_queries_however_long_it_is(alice: Caller) -> None:
    def queries_of_a_page() -> int:
        with CaptureQueriesContext(connection) as queries:
            alice.get("/api_keys?limit=100")
        return len(queries)

    queries_of_a_page()  # the caller's first use makes rows that later ones change
    few = queries_of_a_page()
    for number in range(12):
        alice.issue(f"key {number}", tags=["a"])
    assert queries_of_a_page() == few
