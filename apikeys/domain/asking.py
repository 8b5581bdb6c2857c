"""What a verify may be asked: the members of its body and their kinds."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apikeys.domain.addresses import parse_address
from apikeys.domain.kinds import BadValue, Choice, Count, Flag, Items, Kind, Text
from apikeys.domain.minting import SCANNER_PATTERN
from apikeys.domain.scopes import PERMISSION, RESOURCE
from apikeys.domain.secret import Secret
from apikeys.domain.signatures import SignedRequest
from apikeys.domain.structures import Record

LEASE_SECONDS = 30
LEASE_SECONDS_MAX = 3600
COST_MAX = 1_000_000
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")


@dataclass(frozen=True, slots=True)
class Presented:
    """A secret as it was presented: any string; whether it can be one is for the decision."""

    label: str = "secret"

    def clean(self, value: object) -> Secret:
        if not isinstance(value, str):
            raise BadValue("not_text", "Give a string.")
        return Secret(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Base64:
    """Bytes in base64 (RFC 4648, section 4)."""

    max_bytes: int
    label: str = "base64"

    def clean(self, value: object) -> bytes:
        rule = "Give standard base64 with padding."
        if not isinstance(value, str):
            raise BadValue("not_base64", rule)
        try:
            decoded = base64.b64decode(value.encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raise BadValue("not_base64", rule) from None
        if len(decoded) > self.max_bytes:
            raise BadValue("too_long", f"Give at most {self.max_bytes} bytes.")
        return decoded

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "contentEncoding": "base64"}


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields of a request: an object of names and values, each name once."""

    label: str = "headers"

    def clean(self, value: object) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, dict) or len(value) > 100:
            raise BadValue("not_headers", "Give an object of at most 100 names and values.")
        return tuple((self._name(name), self._value(name, value[name])) for name in value)

    def _name(self, name: str) -> str:
        if not _HEADER_NAME.fullmatch(name):
            raise BadValue("bad_header_name", "A field name has letters, digits and hyphens.")
        return name

    def _value(self, name: str, value: object) -> str:
        printable = isinstance(value, str) and len(value) <= 8192 and value.isprintable()
        if not isinstance(value, str) or not printable:
            raise BadValue("bad_header_value", "Give printable text of at most 8192 characters.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}


@dataclass(frozen=True, slots=True)
class Lease:
    """`true` for 30 seconds, or `{"seconds": 1…3600}`; `false` for none."""

    label: str = "lease"

    def clean(self, value: object) -> int | None:
        if isinstance(value, bool):
            return LEASE_SECONDS if value else None
        if not isinstance(value, dict) or set(value) != {"seconds"}:
            raise BadValue("bad_lease", 'Give true or {"seconds": 1 to 3600}.')
        return Count(1, LEASE_SECONDS_MAX).clean(value["seconds"])

    def schema(self) -> dict[str, Any]:
        seconds = {"seconds": Count(1, LEASE_SECONDS_MAX).schema()}
        wanted = {"type": "object", "properties": seconds, "required": ["seconds"]}
        return {"oneOf": [{"type": "boolean"}, wanted | {"additionalProperties": False}]}


def _ip(text: str) -> str:
    return str(parse_address(text))


def _endpoint(text: str) -> str:
    if "?" in text or "#" in text:
        raise ValueError("Leave the query out of the endpoint; it may hold personal data.")
    if _secret.search(text):
        raise ValueError("Leave the key out of the endpoint; endpoints are kept and shown.")
    return text


_secret = re.compile(SCANNER_PATTERN)


SIGNED_REQUEST = Record(
    members={
        "method": Text(16, min_length=1),
        "url": Text(8192, min_length=1),
        "headers": Headers(),
        "body": Base64(196_608),
    },
    required=("method", "url", "headers"),
    build=lambda members: SignedRequest(**members),
    label="signed request",
)

MEMBERS: Mapping[str, Kind] = {
    "secret": Presented(),
    "scopes": Items(Text(256, min_length=1)),
    "permissions": Items(PERMISSION),
    "resource": RESOURCE,
    "ip": Text(64, min_length=1, check=_ip, label="IP address"),
    "origin": Text(2048, min_length=1),
    "domain": Text(255, min_length=1),
    "environment": Text(64, min_length=1),
    "scheme": Choice(("https", "http")),
    "client_secret": Presented(),
    "client_certificate": Text(16_384, min_length=1, multiline=True, label="PEM"),
    "signed_request": SIGNED_REQUEST,
    "cost": Count(0, COST_MAX),
    "endpoint": Text(128, min_length=1, check=_endpoint),
    "lease": Lease(),
    "explain": Flag(),
    "dry_run": Flag(),
}
REQUIRED = ("secret",)

RESERVATION_SECONDS = 300
# How much is held and for how long, and what it came to.
RESERVATION: Mapping[str, Kind] = {"credits": Count(1, COST_MAX), "seconds": Count(1, 86_400)}
SETTLEMENT: Mapping[str, Kind] = {"credits": Count(0, COST_MAX)}
