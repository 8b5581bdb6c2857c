"""Pages of every list: `?limit=&cursor=`, `next` and `previous`."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.calling import Caller

LISTS = ("/api_keys", "/tenants", "/audit_events")


@pytest.fixture
def full(root: Caller) -> Caller:
    """Root, with seven keys, tenants and events at least."""
    for number in range(6):
        root.post("/tenants", {"name": f"tenant {number}"})
        root.issue(f"key {number}", tags=["even" if number % 2 == 0 else "odd"])
    return root


def ids(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["results"]]


@pytest.mark.parametrize("path", LISTS)
class TestWalking:
    """A walk meets every row exactly once, in one order, and finds its way back."""

    def test_forth_and_back(self, full: Caller, path: str) -> None:
        everything = ids(full.get(path, {"limit": 100}).body)
        page = full.get(path, {"limit": 3}).body
        assert page["previous"] is None
        pages = [page]
        while page["next"]:
            page = full.get(page["next"]).body
            pages.append(page)
        assert [it for page in pages for it in ids(page)] == everything
        assert all(len(ids(page)) == 3 for page in pages[:-1])
        for earlier in reversed(pages[:-1]):
            page = full.get(page["previous"]).body
            assert ids(page) == ids(earlier)
        assert page["previous"] is None

    def test_a_list_on_one_page_has_no_links(self, full: Caller, path: str) -> None:
        page = full.get(path, {"limit": 100}).body
        assert page.keys() == {"results", "next", "previous"}
        assert (page["next"], page["previous"]) == (None, None)

    def test_links_are_whole_addresses_and_keep_the_limit(self, full: Caller, path: str) -> None:
        link = full.get(path, {"limit": 2}).body["next"]
        assert link.startswith(f"http://testserver/api/v1{path}?")
        assert parse_qs(urlsplit(link).query)["limit"] == ["2"]

    def test_a_cursor_is_good_for_its_own_list_alone(self, full: Caller, path: str) -> None:
        cursor = cursor_of(full.get(path, {"limit": 2}).body)
        for other in set(LISTS) - {path}:
            answer = full.get(other, {"cursor": cursor})
            assert (answer.status, answer.errors) == (400, {("/cursor", "invalid_cursor")})


def cursor_of(page: dict[str, Any]) -> str:
    (cursor,) = parse_qs(urlsplit(str(page["next"])).query)["cursor"]
    return cursor


def test_twenty_rows_are_a_page_unless_told_otherwise(alice: Caller) -> None:
    for number in range(20):
        alice.issue(f"key {number}")
    page = alice.get("/api_keys").body
    assert len(page["results"]) == 20
    assert len(alice.get(page["next"]).body["results"]) == 1


def test_a_row_that_is_added_meanwhile_neither_shifts_nor_repeats(full: Caller) -> None:
    page = full.get("/api_keys", {"limit": 3}).body
    expected = ids(full.get("/api_keys", {"limit": 100}).body)[3:6]
    full.issue("meanwhile")
    assert ids(full.get(page["next"]).body) == expected


def test_a_walk_stays_within_its_filter(full: Caller) -> None:
    page = full.get("/api_keys", {"limit": 2, "tag": "odd"}).body
    rest = full.get(page["next"]).body
    assert [key["name"] for key in (*page["results"], *rest["results"])] == [
        "key 5",
        "key 3",
        "key 1",
    ]


def test_a_cursor_is_void_with_another_filter(full: Caller) -> None:
    cursor = cursor_of(full.get("/api_keys", {"limit": 2, "tag": "odd"}).body)
    for query in ({}, {"tag": "even"}, {"tag": "odd", "environment": "live"}):
        assert full.get("/api_keys", {**query, "cursor": cursor}).status == 400
    assert full.get("/api_keys", {"tag": "odd", "cursor": cursor, "limit": 50}).status == 200


def test_a_cursor_is_void_in_another_tenant(root: Caller, alice: Caller, charlie: Caller) -> None:
    alice.issue()
    cursor = cursor_of(alice.get("/api_keys", {"limit": 1}).body)
    for other in (root, charlie):
        answer = other.get("/api_keys", {"cursor": cursor})
        assert (answer.status, answer.errors) == (400, {("/cursor", "invalid_cursor")})


def test_a_tampered_cursor_is_refused_whichever_letter_was_changed(alice: Caller) -> None:
    alice.issue()
    cursor = cursor_of(alice.get("/api_keys", {"limit": 1}).body)
    for place in range(len(cursor)):
        letter = "A" if cursor[place] != "A" else "B"
        forged = cursor[:place] + letter + cursor[place + 1 :]
        assert alice.get(f"/api_keys?{urlencode({'cursor': forged})}").status == 400, place


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.0", "ten", "", "1e1", "٣", "+5"])
def test_a_limit_is_a_whole_number_from_1_to_100(alice: Caller, limit: str) -> None:
    answer = alice.get("/api_keys", {"limit": limit})
    assert (answer.status, answer.errors) == (400, {("/limit", "invalid_limit")})
