"""Clerk's names and shapes, both ways."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apikeys.domain.attributes import ATTRIBUTES, TEN_YEARS_SECONDS, Attribute, Home
from apikeys.domain.cleaning import clean_members, clean_values
from apikeys.domain.errors import NotFound
from apikeys.domain.kinds import BadValue, Choice, Kind, Text
from apikeys.domain.lifecycle import has_passed
from apikeys.domain.secret import Undisclosed
from apikeys.models import ApiKey
from apikeys.models.shown import shown

# Both of Clerk's SDKs tell an API key from other tokens by this start of the secret.
SECRET_PREFIX = "ak"  # noqa: S105  (the first part of every one of them)
OBJECT = "api_key"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Beside them stand `object` and `type`, which are always "api_key", and `expired`, which follows
# from the expiration.
NAMES: Mapping[str, str] = {
    "id": "id",
    "name": "name",
    "description": "description",
    "subject": "subject",
    "claims": "claims",
    "scopes": "scopes",
    "created_by": "created_by",
    "revoked_at": "revoked",
    "revocation_reason": "revocation_reason",
    "expires_at": "expiration",
    "seconds_until_expiration": "seconds_until_expiration",
    "last_used_at": "last_used_at",
    "created_at": "created_at",
    "updated_at": "updated_at",
}

_ID = re.compile(r"(?:ak|api_key)_([0-9A-Fa-f]{32})")
# Those whose create accepts a 200 and nothing else: 4.2.0 to 5.0.3.
_WANTS_200 = re.compile(r"speakeasy-sdk/python (?:4\.[0-9]+\.[0-9]+|5\.0\.[0-3])(?![^ ])")


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A length of time from now on in seconds, more than none; kept to the millisecond."""

    label: str = "seconds"

    def clean(self, value: object) -> timedelta:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue("not_number", "Give a number of seconds.")
        if not math.isfinite(value) or not 0 < value <= TEN_YEARS_SECONDS:
            raise BadValue("out_of_range", f"Give more than 0, at most {TEN_YEARS_SECONDS}.")
        return timedelta(milliseconds=math.ceil(value * 1000))

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "exclusiveMinimum": 0, "maximum": TEN_YEARS_SECONDS}


def _unpadded(text: str) -> str:
    if text != text.strip():
        raise ValueError("Must not begin or end with a blank.")
    return text


TYPE = Choice((OBJECT,))
CHANGEABLE: Mapping[str, Attribute] = {
    "subject": Attribute("subject", ATTRIBUTES["subject"].kind, Home.KEY, nullable=False),
    "description": Attribute("description", Text(255, multiline=True), Home.KEY),
    "claims": Attribute("claims", ATTRIBUTES["claims"].kind, Home.KEY),
    "scopes": Attribute("scopes", ATTRIBUTES["scopes"].kind, Home.KEY, nullable=False),
    "seconds_until_expiration": Attribute("seconds_until_expiration", Lifetime(), Home.KEY),
}
CREATION: Mapping[str, Kind] = {
    "name": Text(200, min_length=3, check=_unpadded),
    **{name: attribute.kind for name, attribute in CHANGEABLE.items()},
    "type": TYPE,
    "created_by": ATTRIBUTES["created_by"].kind,
}
REQUIRED = ("name", "subject")


def native_id(given: str) -> str:
    """The id of a key as the domain calls it. Raises `NotFound`."""
    return f"key_{digits(given)}"


def digits(given: str) -> str:
    """What an id is in whichever spelling, `ApiKey.hex`. Raises `NotFound`."""
    found = _ID.fullmatch(given)
    if found is None:
        raise NotFound
    return found[1].lower()


def shown_id(digits: str) -> str:
    """The id as Clerk's clients know it."""
    return f"ak_{digits}"


def new_key(body: Mapping[str, object], now: datetime) -> dict[str, Any]:
    """The body of a create as native attributes. Raises `InvalidInput`."""
    given = clean_members(body, CREATION, REQUIRED)
    given.pop("type", None)
    return _native(given, now)


def revision(body: Mapping[str, object], now: datetime) -> dict[str, Any]:
    """The body of an update as native attributes: just those given. Raises `InvalidInput`."""
    return _native(clean_values(body, CHANGEABLE), now)


def _native(given: dict[str, Any], now: datetime) -> dict[str, Any]:
    native = Undisclosed(given)
    if "description" in given:
        native["description"] = given["description"] or ""
    if "seconds_until_expiration" in given:
        lifetime = native.pop("seconds_until_expiration")
        native["expires_at"] = lifetime and now + lifetime
    return native


def rendered(key: ApiKey, now: datetime) -> dict[str, Any]:
    """A key read with `whole()` as Clerk shows it; what is empty is there as null."""
    native = shown(key, now)
    own = {
        "object": OBJECT,
        "id": shown_id(key.hex),
        "type": OBJECT,
        "description": native["description"] or None,
        "revoked": key.revoked_at is not None,
        "expired": has_passed(key.expires_at, now),
        "expiration": _milliseconds(key.expires_at),
    }
    times = {
        name: _milliseconds(native[name]) for name in ("last_used_at", "created_at", "updated_at")
    }
    same = ("subject", "name", "claims", "scopes", "revocation_reason", "created_by")
    return {**own, **{name: native[name] for name in same}, **times}


def created_status(user_agent: str) -> int:
    """What a create is answered with: Clerk's Python clients differ in what they take."""
    return 200 if _WANTS_200.match(user_agent) else 201


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(milliseconds=1)
