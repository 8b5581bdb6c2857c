"""What the vendor's models are made of: tables of members, and two ways to spell a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apikeys.dialects.playbook.values import Form


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a model: what of a key it shows, and the attribute that writing it sets.

    `attribute` is empty where the field is only shown. `unset` is sent for "not given", as null is.
    """

    name: str
    fact: str
    form: Form
    attribute: str = ""
    unset: object = None


Model = tuple[Member, ...]


def camel(name: str) -> str:
    """`allowed_ips` is `allowedIps`."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def snake(name: str) -> str:
    """`allowedIps` is `allowed_ips`."""
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)


def names_of(model: Model) -> tuple[str, ...]:
    return tuple(member.name for member in model)
