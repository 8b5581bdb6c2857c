"""What is remembered of one verify: an event in the limiter's stream, later a part of roll-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_SEPARATOR = "\x1f"  # not printable, so that no field can hold it
SOURCE_LENGTH_MAX, ENDPOINT_LENGTH_MAX = 45, 128


@dataclass(frozen=True, slots=True)
class Use:
    """Units of a hard quota that the event took out of a lot; see `models.LedgerEntry`."""

    kind: str
    lot: str
    units: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who was used, where and from where: what is known of an event before it is decided.

    `tenant` and `key` are primary keys; no key: nobody has the secret, and the tenant is the
    asker's. `source` is the address from which the key was presented, if that was told.
    """

    tenant: int
    key: int | None = None
    endpoint: str = ""
    cost: int = 1
    source: str = ""

    def encoded(self) -> str:
        """As one text, for a stream. Host projects may name anything as endpoint and source."""
        key = "" if self.key is None else self.key
        return _SEPARATOR.join(
            (
                str(self.tenant),
                str(key),
                str(self.cost),
                _plain(self.source, SOURCE_LENGTH_MAX),
                _plain(self.endpoint, ENDPOINT_LENGTH_MAX),
            )
        )

    @classmethod
    def decoded(cls, text: str) -> Attempt:
        tenant, key, cost, source, endpoint = text.split(_SEPARATOR)
        return cls(int(tenant), int(key) if key else None, endpoint, int(cost), source)


def _plain(text: str, length: int) -> str:
    """The text, cut, without what would end a field or a line, or what no database takes."""
    if not text or (text.isprintable() and len(text) <= length):
        return text
    return "".join(it for it in text[:length] if it.isprintable())


@dataclass(frozen=True, slots=True)
class Event:
    """One verify that was decided. `outcome` is an `Outcome`; `at` its time in UTC."""

    attempt: Attempt
    outcome: str
    at: datetime
    uses: tuple[Use, ...] = ()
