"""Grants cover what they name, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.domain.kinds import BadValue
from apikeys.domain.scopes import (
    EVERYTHING,
    MANAGEMENT_SCOPES,
    PERMISSIONS,
    RESOURCE,
    RESOURCE_SCOPE,
    Resource,
    ResourceScope,
    covers_permission,
    covers_scope,
    missing_scopes,
)

words = st.text("abz:./*_", min_size=1, max_size=12)
ids = st.text("ab?[]*-", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        ("words:read", "words:read", True),
        ("words:read", "words:write", False),
        ("words:read", "words:read:all", False),
        ("words:read", "WORDS:READ", False),
        ("*", "anything at all", True),
        ("*", "*", True),
        ("words:*", "words:read", True),
        ("words:*", "words:read:all", True),
        ("words:*", "words:", True),
        ("words:*", "words", False),
        ("words:*", "wordsmith:read", False),
        ("words.*", "words.read", True),
        ("words/*", "words/read", True),
        ("words*", "words:read", False),
        ("*:read", "words:read", False),
        ("words:*:read", "words:a:read", False),
        ("words:read", "*", False),
        ("words:*", "*", False),
        ("api_keys:*", "api_keys:read", True),
        ("words:?", "words:a", False),
    ],
)
def test_a_scope_covers_itself_and_what_follows_a_trailing_star(
    held: str, wanted: str, covered: bool
) -> None:
    assert covers_scope([held], wanted) is covered


@given(words)
def test_every_scope_covers_itself_and_everything_covers_it(scope: str) -> None:
    assert covers_scope([scope], scope)
    assert covers_scope([EVERYTHING], scope)


@given(st.lists(words), st.lists(words), words)
def test_holding_more_never_takes_away(held: list[str], more: list[str], wanted: str) -> None:
    assert covers_scope(held, wanted) <= covers_scope(held + more, wanted)


@given(words, words, words)
def test_covering_is_transitive(a: str, b: str, c: str) -> None:
    if covers_scope([a], b) and covers_scope([b], c):
        assert covers_scope([a], c)


@given(st.lists(words), st.lists(words))
def test_what_is_missing_is_what_is_not_covered_in_its_order(
    held: list[str], wanted: list[str]
) -> None:
    missing = missing_scopes(iter(held), wanted)
    assert list(missing) == [scope for scope in wanted if not covers_scope(held, scope)]


def test_nothing_covers_nothing() -> None:
    assert not covers_scope([], "a")
    assert missing_scopes([], []) == ()


@pytest.mark.parametrize("held", PERMISSIONS)
@pytest.mark.parametrize("wanted", PERMISSIONS)
def test_a_permission_covers_those_before_it(held: str, wanted: str) -> None:
    expected = PERMISSIONS.index(wanted) <= PERMISSIONS.index(held)
    assert covers_permission([held], wanted) is expected
    assert covers_permission(["read", held], wanted) is (expected or wanted == "read")


@pytest.mark.parametrize("wanted", ["", "READ", "fly", "*"])
def test_an_unknown_permission_is_never_covered(wanted: str) -> None:
    assert not covers_permission(PERMISSIONS, wanted)


@pytest.mark.parametrize(
    ("pattern", "resource_id", "matches"),
    [
        ("7", "7", True),
        ("7", "77", False),
        ("*", "anything", True),
        ("a-*", "a-1", True),
        ("a-*", "a-", True),
        ("a-*", "b-a-1", False),
        ("*-a", "b-a", True),
        ("a*c", "abbbc", True),
        ("a*c", "abbbcd", False),
        ("?", "x", False),
        ("?", "?", True),
        ("?*", "?x", True),
        ("?*", "xx", False),
        ("[ab]*", "ac", False),
        ("[ab]*", "[ab]c", True),
        ("A*", "ab", False),
    ],
)
def test_only_the_star_is_a_pattern(pattern: str, resource_id: str, matches: bool) -> None:
    scope = ResourceScope("book", pattern)
    assert scope.covers(Resource("book", resource_id)) is matches


@given(ids)
def test_an_id_without_a_star_matches_itself_alone(resource_id: str) -> None:
    literal = resource_id.replace("*", "x")
    scope = ResourceScope("book", literal)
    assert scope.covers(Resource("book", literal))
    assert not scope.covers(Resource("book", literal + "x"))


@pytest.mark.parametrize(
    ("operations", "operation", "covered"),
    [
        (None, None, True),
        (None, "read", True),
        (("read",), "read", True),
        (("read",), "write", False),
        (("read",), None, False),
        ((), "read", False),
        ((), None, False),
    ],
)
def test_operations_are_those_listed_or_all(
    operations: tuple[str, ...] | None, operation: str | None, covered: bool
) -> None:
    scope = ResourceScope("book", "7", operations)
    assert scope.covers(Resource("book", "7", operation)) is covered


def test_another_type_of_resource_is_not_covered() -> None:
    assert not ResourceScope("book", "*").covers(Resource("Book", "7"))


@pytest.mark.parametrize(
    "given_json",
    [
        {"resource_type": "book", "resource_id": "a-*"},
        {"resource_type": "book", "resource_id": "7", "operations": ["read", "burn"]},
        {"resource_type": "book", "resource_id": "7", "operations": []},
    ],
)
def test_a_resource_scope_is_shown_as_it_was_given(given_json: dict[str, object]) -> None:
    assert RESOURCE_SCOPE.clean(given_json).as_json() == given_json


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    [
        ("book", "not_object", ""),
        ({}, "required", ""),
        ({"resource_type": "book"}, "required", ""),
        ({"resource_type": "book", "resource_id": ""}, "too_short", "/resource_id"),
        ({"resource_type": "book", "resource_id": 7}, "not_text", "/resource_id"),
        ({"resource_type": None, "resource_id": "7"}, "not_text", "/resource_type"),
        ({"resource_type": "book", "resource_id": "*a*b*"}, "invalid_text", "/resource_id"),
        ({"resource_type": "book", "resource_id": "7", "x": 1}, "unknown_field", ""),
        (
            {"resource_type": "book", "resource_id": "7", "operations": ["read", 1]},
            "not_text",
            "/operations/1",
        ),
    ],
)
def test_a_bad_resource_scope_says_where(value: object, code: str, pointer: str) -> None:
    with pytest.raises(BadValue) as refusal:
        RESOURCE_SCOPE.clean(value)
    assert (refusal.value.code, refusal.value.pointer) == (code, pointer)


def test_a_wanted_resource_may_leave_out_the_operation() -> None:
    assert RESOURCE.clean({"type": "book", "id": "7"}) == Resource("book", "7")
    assert RESOURCE.clean({"type": "book", "id": "7", "operation": None}) == Resource("book", "7")


def test_the_management_scopes_are_those_of_the_contract() -> None:
    words = "api_keys:read|write|verify|reveal|revoke clients:read|write usage:read|write"
    words += " audit:read tenants:read|write"
    named = {
        f"{group.partition(':')[0]}:{level}"
        for group in words.split()
        for level in group.partition(":")[2].split("|")
    }
    assert set(MANAGEMENT_SCOPES) == named | {"*"}
