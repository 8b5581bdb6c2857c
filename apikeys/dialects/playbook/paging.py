"""Numbered pages, newest key first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apikeys.dialects.playbook.numbers import whole_number
from apikeys.domain.kinds import BadValue, Kind

PAGE_SIZE_MAX = 100
PAGE_SIZE_DEFAULT = 20
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Int32:
    """A number in a query, within bounds; `code` is what a fault is called."""

    minimum: int
    maximum: int
    code: str = "out_of_range"
    label: str = "integer"

    def clean(self, value: object) -> int:
        try:
            number = whole_number(value)
        except BadValue:
            number = -1
        if not self.minimum <= number <= self.maximum:
            detail = f"Give a whole number from {self.minimum} to {self.maximum}."
            raise BadValue(self.code, detail)
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


PAGE: Mapping[str, Kind] = {
    "pageSize": Int32(1, PAGE_SIZE_MAX, code="page_size"),
    "pageNumber": Int32(0, _INT32_MAX),
}


def page(
    keys: Any, asked: Mapping[str, Any], render: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    """A page of a queryset. Numbers 0 and 1 both mean the first; 0 as the next says that none is.

    The vendor does not say where its numbers start.
    """
    size = asked.get("pageSize", PAGE_SIZE_DEFAULT)
    number = max(1, asked.get("pageNumber", 1))
    total = keys.count()
    rows = keys.order_by("-pk")[(number - 1) * size : number * size]
    return {
        "apiKeys": [render(key) for key in rows],
        "nextPageNumber": number + 1 if number * size < total else 0,
        "totalCount": total,
    }
