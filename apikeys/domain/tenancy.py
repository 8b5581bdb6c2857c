"""The attributes of a tenant; the table beside `attributes` for keys."""

from __future__ import annotations

from apikeys.domain.attributes import Attribute, Home, prefix_rule
from apikeys.domain.kinds import Choice, Count, Text
from apikeys.domain.limits import ATTRIBUTE_OF, DEFAULTED
from apikeys.domain.structures import Json, Record

DEFAULT_LIMITS = Record(
    members={ATTRIBUTE_OF[name]: Count() for name in DEFAULTED},
    required=(),
    build=lambda members: {name: it for name, it in members.items() if it is not None},
    label="default limits",
)

TENANT_ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute("name", Text(200, min_length=1), Home.KEY, nullable=False, required=True),
        Attribute(
            "status", Choice(("active", "suspended")), Home.KEY, default="active", nullable=False
        ),
        Attribute(
            "secret_prefix",
            Text(12, check=prefix_rule),
            Home.KEY,
            default="",
            nullable=False,
            note="first part of secrets minted for the tenant; empty: the deployment's",
        ),
        Attribute(
            "on_limiter_loss",
            Choice(("refuse", "allow")),
            Home.KEY,
            default="refuse",
            nullable=False,
            note="what a key with short limits is answered while the limiter is down",
        ),
        Attribute(
            "default_limits",
            DEFAULT_LIMITS,
            Home.KEY,
            default={},
            nullable=False,
            note="limits of those keys of the tenant that set none themselves, by their names; "
            "not of management keys",
        ),
        Attribute("metadata", Json(16384, mapping=True), Home.KEY, default={}, nullable=False),
    )
}
