"""Pages that cover a list exactly once, and cursors that nobody can forge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request

from apikeys.api import cursors
from apikeys.api.cursors import Position
from apikeys.api.pagination import SealedCursorPagination
from apikeys.domain.errors import InvalidInput
from apikeys.domain.keyrings import KeyRing, RootKey

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OLD, NEW = RootKey(bytes(range(32))), RootKey(bytes(range(32, 64)))
RING = KeyRing((OLD,))
BINDING = b"list|alice"


def is_refused(ring: KeyRing, binding: bytes, cursor: str, now: datetime = NOW) -> bool:
    try:
        cursors.unseal(ring, binding, cursor, now)
    except InvalidInput as error:
        return [(found.pointer, found.code) for found in error.errors] == [
            ("/cursor", "invalid_cursor")
        ]
    return False


@pytest.mark.parametrize("position", [Position(1), Position(2**63 - 1, is_before=True)])
def test_a_cursor_opens_to_the_position_it_was_sealed_for(position: Position) -> None:
    cursor = cursors.seal(RING, BINDING, position, NOW)
    assert cursors.unseal(RING, BINDING, cursor, NOW) == position


def test_two_cursors_of_one_position_look_different() -> None:
    assert len({cursors.seal(RING, BINDING, Position(1), NOW) for _ in range(5)}) == 5


def test_a_flip_of_any_bit_of_any_character_is_refused() -> None:
    cursor = cursors.seal(RING, BINDING, Position(1), NOW)
    for index, character in enumerate(cursor):
        for bit in range(7):
            flipped = cursor[:index] + chr(ord(character) ^ 1 << bit) + cursor[index + 1 :]
            assert is_refused(RING, BINDING, flipped)


@given(st.text(max_size=80))
def test_no_text_opens(text: str) -> None:
    assert is_refused(RING, BINDING, text)


@pytest.mark.parametrize("change", ["{}=", "{}A", " {}", "{}\n", "{}{}"])
def test_another_spelling_of_a_cursor_is_refused(change: str) -> None:
    cursor = cursors.seal(RING, BINDING, Position(1), NOW)
    assert is_refused(RING, BINDING, change.format(cursor, cursor))


def test_a_cursor_is_good_for_24_hours() -> None:
    cursor = cursors.seal(RING, BINDING, Position(1), NOW)
    assert not is_refused(RING, BINDING, cursor, NOW + timedelta(hours=24))
    assert is_refused(RING, BINDING, cursor, NOW + timedelta(hours=24, seconds=1))


def test_a_cursor_for_something_else_is_refused() -> None:
    assert is_refused(RING, b"list|bob", cursors.seal(RING, BINDING, Position(1), NOW))


def test_the_first_key_seals_and_all_keys_open() -> None:
    rotated = KeyRing((NEW, OLD))
    assert not is_refused(rotated, BINDING, cursors.seal(RING, BINDING, Position(1), NOW))
    assert is_refused(RING, BINDING, cursors.seal(rotated, BINDING, Position(1), NOW))


@dataclass(frozen=True)
class Row:
    pk: int


class Rows:
    """As much of a queryset as pagination asks for."""

    def __init__(self, pks: Iterable[int]) -> None:
        self._pks = list(pks)

    def order_by(self, field: str) -> Rows:
        return Rows(sorted(self._pks, reverse=field == "-pk"))

    def filter(
        self,
        *,
        pk__gt: int | None = None,
        pk__lt: int | None = None,
        pk__in: list[int] | None = None,
    ) -> Rows:
        return Rows(
            pk
            for pk in self._pks
            if (pk__gt is None or pk > pk__gt)
            and (pk__lt is None or pk < pk__lt)
            and (pk__in is None or pk in pk__in)
        )

    def values_list(self, _: str, *, flat: bool) -> list[int]:
        assert flat
        return self._pks

    def __getitem__(self, window: slice) -> Rows:
        return Rows(self._pks[window])

    def __iter__(self) -> Iterator[Row]:
        return iter([Row(pk) for pk in self._pks])


class View:
    def __init__(self, scope: str = "alice") -> None:
        self._scope = scope

    def cursor_scope(self, request: Request) -> str:
        return self._scope


def page(pks: Iterable[int], url: str = "/things", scope: str = "alice") -> dict[str, Any]:
    pagination = SealedCursorPagination()
    request = Request(RequestFactory().get(url))
    rows = pagination.paginate_queryset(Rows(pks), request, View(scope))
    data: dict[str, Any] = pagination.get_paginated_response([row.pk for row in rows]).data
    return data


def test_a_list_without_rows_is_one_empty_page() -> None:
    assert page([]) == {"results": [], "next": None, "previous": None}


def test_twenty_rows_are_shown_unless_asked_otherwise() -> None:
    assert page(range(1, 101))["results"] == list(range(100, 80, -1))
    assert page(range(1, 201), "/things?limit=100")["results"] == list(range(200, 100, -1))


def test_a_list_that_ends_with_its_page_has_no_next() -> None:
    assert page(range(1, 6), "/things?limit=5")["next"] is None


@pytest.mark.parametrize(
    "limit", ["0", "101", "-1", "+5", "1e1", "5.0", "", " 5", "\u0665", "1000"]
)
def test_any_other_limit_is_refused_by_name(limit: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        page([1], f"/things?limit={limit}")
    assert caught.value.errors[0].pointer == "/limit"


def test_the_way_back_shows_the_same_pages() -> None:
    first = page(range(1, 8), "/things?limit=3")
    second = page(range(1, 8), first["next"])
    third = page(range(1, 8), second["next"])
    assert [first["previous"], third["next"]] == [None, None]
    back = page(range(1, 8), third["previous"])
    assert back["results"] == second["results"] == [4, 3, 2]
    top = page(range(1, 8), back["previous"])
    assert (top["results"], top["previous"]) == (first["results"], None)
    assert page(range(1, 8), top["next"])["results"] == second["results"]


def test_a_link_keeps_the_filters_and_the_limit() -> None:
    link = page(range(1, 8), "/things?status=active&tag=a%26b&limit=3")["next"]
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    assert link.startswith("http://testserver/things?")
    assert (query["status"], query["tag"], query["limit"]) == (["active"], ["a&b"], ["3"])


def test_the_limit_may_change_on_the_way() -> None:
    link = page(range(1, 8), "/things?limit=3")["next"]
    assert page(range(1, 8), link.replace("limit=3", "limit=2"))["results"] == [4, 3]


@pytest.mark.parametrize(
    ("change", "scope"),
    [
        (("status=active", "status=revoked"), "alice"),
        (("status=active", "status=active&tag=x"), "alice"),
        (("status=active&", ""), "alice"),
        (("/things", "/others"), "alice"),
        (("", ""), "bob"),
    ],
)
def test_a_cursor_with_other_filters_list_or_caller_is_refused(
    change: tuple[str, str], scope: str
) -> None:
    link = page(range(1, 8), "/things?status=active&limit=3")["next"]
    with pytest.raises(InvalidInput) as caught:
        page(range(1, 8), link.replace(*change), scope)
    assert caught.value.errors[0].code == "invalid_cursor"


@given(
    present=st.sets(st.integers(1, 500), max_size=60),
    added=st.lists(st.sets(st.integers(1, 500), max_size=5), max_size=60),
    limit=st.integers(1, 7),
)
def test_pages_cover_the_list_exactly_once_while_rows_are_added(
    present: set[int], added: list[set[int]], limit: int
) -> None:
    rows, arrivals, shown = set(present), iter(added), []
    link: str | None = f"/things?limit={limit}"
    while link:
        found = page(rows, link)
        shown += found["results"]
        rows |= next(arrivals, set())
        link = found["next"]
    assert len(shown) == len(set(shown))
    assert present <= set(shown) <= rows
    assert shown == sorted(shown, reverse=True)


def test_the_schema_names_what_a_page_has() -> None:
    pagination = SealedCursorPagination()
    names = [item["name"] for item in pagination.get_schema_operation_parameters(View())]
    schema = pagination.get_paginated_response_schema({"type": "array"})
    assert names == ["limit", "cursor"]
    assert set(schema["properties"]) == set(schema["required"]) == set(page([]))
