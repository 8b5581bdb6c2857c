"""What a report of usage says of one hour, one endpoint, or all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext

from apikeys.domain.spans import Span


@dataclass(slots=True)
class Figures:
    """Counts of one part. `requests` were verified with success, `refused` without.

    `cost` is in credits. `reported` of the requests were told of afterwards, `errors` of these had
    a status of 400 or more, and all of these took `latency_ms` together.
    """

    requests: int = 0
    cost: int = 0
    reported: int = 0
    errors: int = 0
    latency_ms: int = 0
    refusals: dict[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        return sum(self.refusals.values())

    @property
    def by_verdict(self) -> dict[str, int]:
        """Verifies by what they were answered."""
        valid = {"valid": self.requests} if self.requests else {}
        return {**valid, **dict(sorted(self.refusals.items()))}

    @property
    def success_rate(self) -> float | None:
        """Successes over reports; None without any."""
        return round((self.reported - self.errors) / self.reported, 6) if self.reported else None

    @property
    def average_latency_ms(self) -> float | None:
        """None without reports."""
        return round(self.latency_ms / self.reported, 3) if self.reported else None

    def add(self, other: Figures) -> None:
        self.requests += other.requests
        self.cost += other.cost
        self.reported += other.reported
        self.errors += other.errors
        self.latency_ms += other.latency_ms
        for verdict, count in other.refusals.items():
            self.refusals[verdict] = self.refusals.get(verdict, 0) + count


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The use of one key in a span: by interval, by endpoint, and in all.

    `amount` is what the requests cost in money, a decimal; None for a key without a price.
    """

    span: Span
    totals: Figures
    by_start: Mapping[datetime, Figures]
    by_endpoint: Mapping[str, Figures]
    amount: str | None


def summed(parts: Iterable[Figures]) -> Figures:
    """All of them together."""
    whole = Figures()
    for part in parts:
        whole.add(part)
    return whole


def amount_of(requests: int, cost_per_request: str | None) -> str | None:
    """The price of that many requests, written like every amount."""
    if cost_per_request is None:
        return None
    with localcontext(prec=64):  # the usual 28 digits would round
        exact = f"{Decimal(cost_per_request) * requests:f}"
    return exact.rstrip("0").rstrip(".") if "." in exact else exact
