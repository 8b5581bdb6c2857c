"""How numbers are written in proto3 JSON: 32 bits as numbers, 64 bits as strings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apikeys.domain.kinds import Amount, BadValue, Count

UINT64_MAX = 2**64 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")


@dataclass(frozen=True, slots=True)
class Limit:
    """A number above 0, as JSON number; null where there is no limit.

    Zero is refused: some would mean that nothing is allowed by it, others that there is no limit.
    """

    label: str = "integer above 0"

    def clean(self, value: object) -> int:
        return Count(1).clean(value)

    def show(self, value: int | None) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return Count(1).schema()


@dataclass(frozen=True, slots=True)
class LongLimit(Limit):
    """The same as int64, which JSON writes as a string."""

    label: str = "integer above 0, as a string"

    def clean(self, value: object) -> int:
        return Count(1).clean(whole_number(value))

    def show(self, value: int | None) -> Any:
        return None if value is None else str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[1-9][0-9]{0,15}$"}


@dataclass(frozen=True, slots=True)
class Long(LongLimit):
    """An int64 that we count."""

    label: str = "integer as a string"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{1,19}$"}


@dataclass(frozen=True, slots=True)
class Id:
    """A uint64 above 0, as a string; one that fits into a JSON number may be sent as such."""

    label: str = "uint64 as a string"

    def clean(self, value: object) -> int:
        number = whole_number(value)
        if not 0 < number <= UINT64_MAX:
            raise BadValue("out_of_range", f"Give 1 to {UINT64_MAX}.")
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[1-9][0-9]{0,19}$"}


@dataclass(frozen=True, slots=True)
class KeyId(Id):
    """The id of a key in a body. A text that is no number is not a bad field, but nobody's id."""

    def clean(self, value: object) -> Any:
        return value if isinstance(value, str) else str(whole_number(value))


@dataclass(frozen=True, slots=True)
class Money:
    """A number, of which the exact decimal digits are kept."""

    label: str = "number"

    def clean(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue("not_number", "Give a number.")
        try:
            return Amount().clean(f"{Decimal(repr(value)):f}")
        except BadValue:
            detail = "Give at most 12 digits before the decimal point and 8 behind it, no minus."
            raise BadValue("out_of_range", detail) from None

    def show(self, value: str | None) -> float | None:
        return None if value is None else float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0, "maximum": 999_999_999_999}


def whole_number(value: object) -> int:
    """An integer, or its decimal digits as proto3 JSON writes 64 bits; else `BadValue`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return int(value)
    raise BadValue("not_integer", "Give a whole number in decimal digits, as a string.")
