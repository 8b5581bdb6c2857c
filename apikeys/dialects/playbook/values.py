"""How single values are written in proto3 JSON: each form reads and shows one kind of value.

A form is a `Kind` whose `clean` gives what the operations take (they judge it further) and whose
`show` is the way back. Where the vendor has one word for two of our values, `show` keeps them
apart; see `Rule`, and `numbers.Limit`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from apikeys.api.strict_json import parse
from apikeys.domain.errors import InvalidInput
from apikeys.domain.kinds import BadValue, Kind


class Form(Kind, Protocol):
    """A kind that can also be written the vendor's way."""

    def show(self, value: Any) -> Any:
        """The JSON value for ours."""


@dataclass(frozen=True, slots=True)
class Same:
    """Written here as it is everywhere."""

    kind: Kind
    label: str = "as is"

    def clean(self, value: object) -> Any:
        return value

    def show(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return self.kind.schema()


@dataclass(frozen=True, slots=True)
class Word(Same):
    """A string of which the empty one says that there is none."""

    label: str = "string, empty for none"

    def clean(self, value: object) -> object:
        return None if value == "" else value

    def schema(self) -> dict[str, Any]:
        return {name: it for name, it in self.kind.schema().items() if name != "minLength"}


@dataclass(frozen=True, slots=True)
class Rule(Same):
    """A list of what is allowed, of which the empty one says that there is no rule.

    Ours can also allow nothing. The vendor has no way to say that, so it is shown as null: whoever
    reads it does not learn the opposite, and sending null back changes nothing.
    """

    label: str = "list, empty for no rule"

    def clean(self, value: object) -> object:
        return None if value == [] else value

    def show(self, value: Any) -> Any:
        return [] if value is None else value or None


@dataclass(frozen=True, slots=True)
class EncodedJson:
    """JSON in base64, since the vendor's type is bytes. What is written is an object."""

    label: str = "base64 of a JSON object"

    def clean(self, value: object) -> Any:
        if not isinstance(value, str):
            raise BadValue("not_base64", "Give base64 of a JSON object, as a string.")
        return self._parsed(_decoded(value)) if value else {}

    def _parsed(self, text: bytes) -> Any:
        try:
            return parse(text)
        except InvalidInput:
            # Not the reason: it would speak of a body, and of places within what is encoded.
            raise BadValue("not_json", "What is encoded is not a valid JSON object.") from None

    def show(self, value: Any) -> str:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return base64.b64encode(text.encode()).decode()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "contentEncoding": "base64"}


@dataclass(frozen=True, slots=True)
class Shown:
    """Only ever shown, by `render`."""

    kind: Kind
    render: Callable[[Any], Any]
    label: str = "shown"

    def clean(self, value: object) -> Any:
        return value

    def show(self, value: Any) -> Any:
        return self.render(value)

    def schema(self) -> dict[str, Any]:
        return self.kind.schema()


def _decoded(text: str) -> bytes:
    """Both alphabets, with padding or without, as proto3 JSON takes them."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadValue("not_base64", "Give base64 of a JSON object.") from None
