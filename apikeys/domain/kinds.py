"""The kinds of value an attribute can have: how input is cleaned and how its schema reads.

`clean` returns the canonical value or raises `BadValue`, so every surface (REST, dialects, admin,
Python) refuses the same things with the same words, on every database.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from apikeys.domain.text import clean_text

MAX_SAFE_INTEGER = 2**53 - 1


class BadValue(ValueError):
    """A value breaks the rule of its kind. `pointer` tells where inside the value."""

    def __init__(self, code: str, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.code, self.detail, self.pointer = code, detail, pointer


class Kind(Protocol):
    """What an attribute's values are."""

    @property
    def label(self) -> str:
        """What documents call it."""

    def clean(self, value: object) -> Any:
        """The canonical value, or `BadValue`."""

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema (OpenAPI 3.1 vocabulary)."""


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of the same kind where null is a value too."""
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **choices}


@dataclass(frozen=True, slots=True)
class Text:
    """A string without control characters; `check` may add a rule or canonicalise."""

    max_length: int
    min_length: int = 0
    multiline: bool = False
    check: Callable[[str], str] | None = None
    format: str | None = None
    label: str = "text"

    def clean(self, value: object) -> str:
        if not isinstance(value, str):
            raise BadValue("not_text", "Give a string.")
        try:
            text = clean_text(value, max_length=self.max_length, multiline=self.multiline)
            if len(text) < self.min_length:
                raise BadValue("too_short", f"Give at least {self.min_length} character(s).")
            return self.check(text) if self.check and text else text
        except BadValue:
            raise
        except ValueError as error:
            raise BadValue("invalid_text", str(error)) from error

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": self.max_length}
        if self.min_length:
            schema["minLength"] = self.min_length
        return schema | ({"format": self.format} if self.format else {})


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list of words."""

    options: tuple[str, ...]
    label: str = "choice"

    def clean(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise BadValue("unknown_choice", f"Choose one of: {', '.join(self.options)}.")
        return str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false, nothing that merely looks like it."""

    label: str = "boolean"

    def clean(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise BadValue("not_boolean", "Give true or false.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number; at most 2^53-1, so that every JSON reader keeps it exact."""

    minimum: int = 0
    maximum: int = MAX_SAFE_INTEGER
    label: str = "integer"

    def clean(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue("not_integer", "Give a whole number.")
        if not self.minimum <= value <= self.maximum:
            raise BadValue("out_of_range", f"Give {self.minimum} to {self.maximum}.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class Fraction:
    """A part of one: 0.8 is 80 %. Kept to six decimals."""

    label: str = "fraction of 1"

    def clean(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue("not_number", "Give a number between 0 and 1.")
        if not math.isfinite(value) or not 0 <= value <= 1:
            raise BadValue("out_of_range", "Give a fraction between 0 and 1; 0.8 means 80 %.")
        return round(float(value), 6)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": 1}


@dataclass(frozen=True, slots=True)
class Number:
    """A number at or above zero that we measured."""

    label: str = "number"

    def clean(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue("not_number", "Give a number.")
        if not math.isfinite(value) or value < 0:
            raise BadValue("out_of_range", "Give a number at or above 0.")
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in seconds, fractions allowed on input and dropped."""

    maximum: int
    label: str = "seconds"

    def clean(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue("not_number", "Give a number of seconds.")
        if not math.isfinite(value) or not 1 <= value <= self.maximum:
            raise BadValue("out_of_range", f"Give 1 to {self.maximum} seconds.")
        return int(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 1, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money or units as a decimal string: `0.0025`."""

    label: str = "decimal string"
    _pattern = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")

    def clean(self, value: object) -> str:
        if not isinstance(value, str) or not self._pattern.fullmatch(value):
            raise BadValue("not_decimal", 'Give a decimal number as a string, like "0.0025".')
        plain = f"{Decimal(value):f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": rf"^{self._pattern.pattern}$"}


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in UTC: RFC 3339 with an offset on input, aware `datetime` inside."""

    label: str = "time"
    _pattern = re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}"
        r"(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
    )

    def clean(self, value: object) -> datetime:
        moment = value if isinstance(value, datetime) else self._parsed(value)
        if moment.tzinfo is None:
            raise BadValue("no_offset", "Name the offset from UTC, like 2030-01-31T12:00:00Z.")
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise BadValue("out_of_range", "Give a year between 1970 and 9998.") from None
        if not 1970 <= moment.year <= 9998:
            raise BadValue("out_of_range", "Give a year between 1970 and 9998.")
        return moment

    def _parsed(self, value: object) -> datetime:
        rule = "Give an RFC 3339 time with an offset, like 2030-01-31T12:00:00Z."
        if not isinstance(value, str) or not self._pattern.fullmatch(value):
            raise BadValue("not_time", rule)
        try:
            return datetime.fromisoformat(value.upper())
        except ValueError:
            raise BadValue("not_time", rule) from None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Items:
    """A list without repetitions, in the order given; kept as a tuple inside."""

    item: Kind
    max_items: int = 100

    @property
    def label(self) -> str:
        return f"list of {self.item.label}"

    def clean(self, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise BadValue("not_list", "Give a list.")
        if len(value) > self.max_items:
            raise BadValue("too_many", f"Give at most {self.max_items} items.")
        cleaned: list[Any] = []
        for index, item in enumerate(value):
            self._add(cleaned, index, item)
        return tuple(cleaned)

    def _add(self, cleaned: list[Any], index: int, item: object) -> None:
        try:
            canonical = self.item.clean(item)
        except BadValue as error:
            raise BadValue(error.code, error.detail, f"/{index}{error.pointer}") from error
        if canonical not in cleaned:
            cleaned.append(canonical)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema(), "maxItems": self.max_items}
