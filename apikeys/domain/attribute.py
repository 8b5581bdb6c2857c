"""What is said of one attribute: its kind, its home, and who may write it when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apikeys.domain.kinds import BadValue, Kind


class Home(StrEnum):
    """The table in which an attribute lives; `COMPUTED` ones live nowhere."""

    KEY = "ApiKey"
    SECRET = "KeySecret"  # noqa: S105  (the name of a table)
    POLICY = "AccessPolicy"
    LIMITS = "UsageLimits"
    TOTALS = "UsageTotals"
    DETAILS = "KeyDetails"
    COMPUTED = "computed"


class Written(StrEnum):
    """When callers may set an attribute."""

    ALWAYS = "create, update"
    CREATION = "create"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a key. `holder` names the scope a writer needs beyond `api_keys:write`."""

    name: str
    kind: Kind
    home: Home
    default: Any = None
    nullable: bool = True
    written: Written = Written.ALWAYS
    required: bool = False
    holder: str = ""
    note: str = ""
    shown: bool = True

    def clean(self, value: object) -> Any:
        """The canonical value, or `BadValue`."""
        if value is None:
            if self.nullable:
                return None
            raise BadValue("null", "null is not allowed here; leave the field out instead.")
        return self.kind.clean(value)
