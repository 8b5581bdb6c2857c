"""The attributes of a service client; the table beside `apikeys.domain.attributes` for keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from apikeys.domain.attribute import Attribute, Home
from apikeys.domain.kinds import BadValue, Choice, Count, Flag, Items, Kind, Text
from apikeys.domain.structures import Record
from clients.domain.machines import TOKEN_SECONDS, TOKEN_SECONDS_MAX

NAME_LENGTH_MAX = 128
TAGS_MAX = 50
OPTIONS = ("grant_user_permissions_access", "grant_token_generation")
DURATIONS = ("PT0S", "PT5M", "PT1H", "P1D", "P1M")
QUOTAS = (100, 1_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few whole numbers."""

    numbers: tuple[int, ...]
    label: str = "number"

    def clean(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value not in self.numbers:
            raise BadValue("unknown_choice", f"Choose one of: {', '.join(map(str, self.numbers))}.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "enum": list(self.numbers)}


@dataclass(frozen=True, slots=True)
class Tags:
    """An object of texts: name to value."""

    key: Kind = Text(64, min_length=1)  # noqa: RUF009  (immutable)
    value: Kind = Text(128)  # noqa: RUF009  (immutable)
    label: str = "tags"

    def clean(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict):
            raise BadValue("not_object", "Give an object of texts.")
        if len(value) > TAGS_MAX:
            raise BadValue("too_many", f"Give at most {TAGS_MAX} tags.")
        return dict(self._tag(name, text) for name, text in value.items())

    def _tag(self, name: object, text: object) -> tuple[str, str]:
        cleaned: str = self.key.clean(name)
        try:
            return cleaned, self.value.clean(text)
        except BadValue as error:
            raise BadValue(error.code, error.detail, f"/{cleaned}") from error

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.value.schema()}


def _scope_token(text: str) -> str:
    if not re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", text):
        raise ValueError("A scope is of printable ASCII without space, quote and backslash.")
    return text


SCOPE_TOKEN = Text(256, min_length=1, check=_scope_token, label="scope")  # RFC 6749, 3.3
RATE_LIMIT = Record(
    members={"duration": Choice(DURATIONS), "quota": OneOf(QUOTAS)},
    required=("duration",),
    build=lambda members: {"duration": members["duration"], "quota": members.get("quota")},
    label="rate limit",
)
OPTION_FLAGS = Record(
    members={name: Flag() for name in OPTIONS},
    required=(),
    build=lambda members: {name: bool(members.get(name)) for name in OPTIONS},
    label="options",
)

CLIENT_ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute("name", Text(NAME_LENGTH_MAX), Home.KEY, note="what people call it"),
        Attribute(
            "scopes",
            Items(SCOPE_TOKEN),
            Home.KEY,
            default=(),
            nullable=False,
            note="management scopes need a maker who holds them; other words are free",
        ),
        Attribute("enabled", Flag(), Home.KEY, default=True, nullable=False),
        Attribute("rate_limits", Items(RATE_LIMIT, max_items=1), Home.KEY, default=()),
        Attribute("tags", Tags(), Home.KEY, default={}),
        Attribute(
            "options", OPTION_FLAGS, Home.KEY, default=dict.fromkeys(OPTIONS, False), nullable=False
        ),
        Attribute(
            "m2m_token_seconds",
            Count(1, TOKEN_SECONDS_MAX),
            Home.KEY,
            default=TOKEN_SECONDS,
            nullable=False,
            note="seconds that its machine-to-machine tokens live, unless a request names others",
        ),
    )
}
