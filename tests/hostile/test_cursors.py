"""A cursor is good for the list, the filters and the tenant it was made for, and as it was made."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from apikeys.operations import Actor, create_tenant, issue_key
from tests.calling import Answer, Caller


@pytest.fixture
def alice(db: None) -> Caller:
    return hire("Alice")


def hire(name: str) -> Caller:
    """Somebody who may do everything in a tenant that has more than one page of keys."""
    tenant = create_tenant(Actor.system(), name=name).public_id
    for number in range(3):
        issue_key(Actor.system(), name=f"{name} {number}", tenant=tenant)
    issued = issue_key(
        Actor.system(), name=name, tenant=tenant, key_type="management", scopes=["*"]
    )
    assert issued.secret is not None
    return Caller(issued.secret.reveal())


def cursor_of(caller: Caller, path: str = "/api_keys", **filters: object) -> str:
    page = caller.get(path, {"limit": 1, **filters}).body
    return parse_qs(urlsplit(str(page["next"])).query)["cursor"][0]


def is_refused(answer: Answer) -> bool:
    return (answer.status, answer.errors) == (400, {("/cursor", "invalid_cursor")})


def changed(cursor: str) -> Iterator[str]:
    """The cursor with each of its bytes flipped, each of its characters another, and cut short."""
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for index in range(len(sealed)):
        flipped = bytes([*sealed[:index], sealed[index] ^ 1, *sealed[index + 1 :]])
        yield base64.urlsafe_b64encode(flipped).rstrip(b"=").decode()
    for index, character in enumerate(cursor):
        yield cursor[:index] + ("B" if character == "A" else "A") + cursor[index + 1 :]
        yield cursor[:index]
    yield cursor + "="
    yield cursor + "A"
    yield cursor.swapcase()


def test_a_cursor_that_was_changed_anywhere_is_refused(alice: Caller) -> None:
    cursor = cursor_of(alice)
    assert alice.get("/api_keys", {"limit": 1, "cursor": cursor}).status == 200
    through = [
        text
        for text in changed(cursor)
        if not is_refused(alice.get("/api_keys", {"limit": 1, "cursor": text}))
    ]
    assert not through


def test_another_tenants_cursor_is_refused(alice: Caller) -> None:
    charlies = cursor_of(hire("Charlie"))
    assert is_refused(alice.get("/api_keys", {"limit": 1, "cursor": charlies}))


@pytest.mark.parametrize("filters", [{"status": "revoked"}, {"search": "Alice"}])
def test_a_cursor_is_good_for_its_filters_only(alice: Caller, filters: dict[str, str]) -> None:
    cursor = cursor_of(alice)
    assert is_refused(alice.get("/api_keys", {"limit": 1, "cursor": cursor, **filters}))


def test_a_cursor_is_good_for_its_list_only(alice: Caller) -> None:
    events = cursor_of(alice, "/audit_events")
    assert is_refused(alice.get("/api_keys", {"limit": 1, "cursor": events}))
