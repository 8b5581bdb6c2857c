"""Kinds of value with an inside: free JSON, and objects with named members."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apikeys.domain.kinds import MAX_SAFE_INTEGER, BadValue, Kind, or_null
from apikeys.domain.text import clean_text

_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Json:
    """Any JSON, kept as given; an object where `mapping` is set."""

    max_bytes: int
    mapping: bool = False
    label: str = "JSON"

    def clean(self, value: object) -> Any:
        if self.mapping and not isinstance(value, dict):
            raise BadValue("not_object", "Give a JSON object.")
        _check_json(value, _MAX_DEPTH)
        if len(json.dumps(value, ensure_ascii=False).encode()) > self.max_bytes:
            raise BadValue("too_long", f"Give at most {self.max_bytes} bytes of JSON.")
        return value

    def schema(self) -> dict[str, Any]:
        if self.mapping:
            return {"type": "object", "additionalProperties": True}
        return {}


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object with named members, each of a kind; cleaned by `build`.

    Those that are not required may be null.
    """

    members: Mapping[str, Kind]
    required: tuple[str, ...]
    build: Callable[[dict[str, Any]], Any]
    label: str = "object"

    def clean(self, value: object) -> Any:
        if not isinstance(value, dict):
            raise BadValue("not_object", f"Give an object with {', '.join(self.members)}.")
        for name in value:
            if name not in self.members:
                raise BadValue("unknown_field", f"Known are: {', '.join(self.members)}.")
        for name in self.required:
            if name not in value:
                raise BadValue("required", f"{name} is missing.")
        return self.build({name: self._member(name, value[name]) for name in value})

    def _member(self, name: str, value: object) -> Any:
        if value is None and name not in self.required:
            return None
        try:
            return self.members[name].clean(value)
        except BadValue as error:
            raise BadValue(error.code, error.detail, f"/{name}{error.pointer}") from error

    def _schema_of(self, name: str) -> dict[str, Any]:
        schema = self.members[name].schema()
        return schema if name in self.required else or_null(schema)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {name: self._schema_of(name) for name in self.members},
            "required": list(self.required),
            "additionalProperties": False,
        }


def _check_json(value: object, depth: int) -> None:
    """Refuse what JSON or a database cannot keep: NUL, surrogates, NaN, huge numbers, depth."""
    if depth == 0:
        raise BadValue("too_deep", f"Nest at most {_MAX_DEPTH} levels.")
    match value:
        case dict():
            for name, member in value.items():
                _check_json(name, depth - 1)
                _check_json(member, depth - 1)
        case list():
            for member in value:
                _check_json(member, depth - 1)
        case str():
            _check_json_text(value)
        case bool() | None:
            pass
        case int():
            if abs(value) > MAX_SAFE_INTEGER:
                raise BadValue("out_of_range", "Write integers beyond 2^53-1 as strings.")
        case float():
            if not math.isfinite(value):
                raise BadValue("out_of_range", "NaN and Infinity are not JSON.")
        case _:
            raise BadValue("not_json", "Give JSON values only.")


def _check_json_text(text: str) -> None:
    try:
        clean_text(text, multiline=True, normalise=False)
    except ValueError as error:
        raise BadValue("invalid_text", str(error)) from error
