"""What a request says, in the service's own words. Faults are told at the vendor's names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apikeys.api.pointers import pointer
from apikeys.dialects.playbook.model import Member, Model, snake
from apikeys.dialects.playbook.scopes import TenantScopes, beside_foreign
from apikeys.dialects.playbook.wire import API_KEY, facts, rendered
from apikeys.domain.cleaning import clean_members
from apikeys.domain.errors import FieldError, InvalidInput
from apikeys.domain.kinds import BadValue, Flag, Instant, Kind
from apikeys.domain.secret import Undisclosed
from apikeys.models import ApiKey

_NAME_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Nested:
    """An object of the vendor's, whose members are read on their own."""

    label: str = "object"

    def clean(self, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise BadValue("not_object", "Give a JSON object.")
        return Undisclosed(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "object"}


@dataclass(frozen=True, slots=True)
class IsTest:
    """The environment of a new key, as the vendor asks for it."""

    label: str = "boolean"

    def clean(self, value: object) -> str:
        return "test" if Flag().clean(value) else "live"

    def show(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return Flag().schema()


# What a create takes: the vendor's own members, and every other that can be written.
NEW_API_KEY: Model = (
    *(member for member in API_KEY if member.attribute),
    Member("isTestKey", "is_test_key", IsTest(), "environment"),
)


def taken(given: Mapping[str, object], known: Collection[str]) -> dict[str, Any]:
    """The members given, by the vendor's camelCase names, whichever way they were spelled.

    Null is not given: that client cannot send it. Raises `InvalidInput` for names that are not
    known, and for a member that is there in both spellings with two values.
    """
    spelled = {snake(name): name for name in known} | {name: name for name in known}
    found: dict[str, Any] = Undisclosed()
    errors = []
    for name, value in given.items():
        if name not in spelled:
            errors.append(_strange(name))
        elif value is not None and _differs(found.setdefault(spelled[name], value), value):
            errors.append(FieldError(pointer(spelled[name]), "conflict", "Given with two values."))
    if errors:
        raise InvalidInput(errors)
    return found


def members(
    given: Mapping[str, object], kinds: Mapping[str, Kind], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The members of a body or query beside those of a key, each clean. Raises `InvalidInput`."""
    return clean_members(taken(given, kinds), kinds, required)


def attributes(
    sent: Mapping[str, Any], model: Model, seen: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is to be written, of members as `taken` gives them; others are left alone.

    `seen` is the key as it is shown: clients send back whole objects, and a member that says what
    it said when it was read changes nothing, even where it says less than is stored.
    """
    values: dict[str, Any] = Undisclosed()
    errors = []
    for member in model:
        value = sent.get(member.name)
        if not member.attribute or value in (None, member.unset):
            continue
        if seen is not None and not _differs(seen[member.name], value):
            continue
        try:
            values[member.attribute] = member.form.clean(value)
        except BadValue as error:
            at = pointer(member.name) + error.pointer
            errors.append(FieldError(at, error.code, error.detail))
    if errors:
        raise InvalidInput(errors)
    return values


def changes(sent: Mapping[str, Any], model: Model, key: ApiKey, now: datetime) -> dict[str, Any]:
    """What an update changes of this key. Scopes that the model cannot show are kept."""
    values = attributes(sent, model, rendered(model, facts(key, now)))
    closed = any(isinstance(member.form, TenantScopes) for member in model)
    if closed and "scopes" in values:
        values["scopes"] = beside_foreign(values["scopes"], key.scopes)
    return values


def is_stale(sent: Mapping[str, Any], key: ApiKey) -> bool:
    """Whether the key was changed since the caller read what it sends back."""
    for name in ("updatedAt", "updated_at"):
        if isinstance(sent.get(name), str):
            try:
                return bool(Instant().clean(sent[name]) != key.updated_at)
            except BadValue:
                return False
    return False


def _strange(name: str) -> FieldError:
    detail = "There is no such field. Check its spelling."
    return FieldError(pointer(name[:_NAME_SHOWN_MAX]), "unknown_field", detail)


def _differs(one: object, other: object) -> bool:
    """true is not 1 here."""
    return type(one) is not type(other) or one != other
