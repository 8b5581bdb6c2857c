"""Asking the engine, at a time of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apikeys.domain.limits import micros
from apikeys.domain.metering import Grant
from apikeys.domain.secret import Secret
from apikeys.domain.verdict import Verdict
from apikeys.limiters.base import Step, Subject
from apikeys.models import ApiKey, LedgerEntry
from apikeys.operations import Actor, Presentation, issue_key, ledger, revise_key, verify
from apikeys.operations.cases import Case
from apikeys.operations.flushing import flush
from apikeys.operations.limiting import limiter
from apikeys.operations.reconciling import reconcile
from apikeys.operations.records import records

ROOT = Actor.system("tests")
NOON = datetime(2031, 3, 5, 12, 0, tzinfo=UTC)  # a Wednesday, years ahead of any server's clock
AT_ONCE = timedelta(0)
VALID = "valid"


class Key:
    """A key with its secret, and a clock: each verify is two seconds after the one before.

    So no answer rests on what was believed a moment ago.
    """

    def __init__(
        self, limits: Mapping[str, object] | None = None, *, now: datetime = NOON, **more: object
    ) -> None:
        issued = issue_key(ROOT, {"name": "a key", **(limits or {}), **more})
        assert issued.secret is not None
        self.row: ApiKey = issued.key
        self.secret: Secret = issued.secret
        self.now = now

    def verify(self, cost: int = 1, *, after_seconds: float = 2, **facts: Any) -> Verdict:
        self.now += timedelta(seconds=after_seconds)
        return verify(Presentation(self.secret, cost=cost, **facts), now=self.now)

    def verify_elsewhere_until_it_leases(self) -> None:
        """As another process does that now asks the ledger for units."""
        case = Case(Presentation(self.secret), None, self.now)
        case.decide()
        [taken] = limiter().take([case.request], self.now)
        assert taken.step is Step.WANTING

    def outcome(self, cost: int = 1, **facts: Any) -> str:
        return str(self.verify(cost, **facts).outcome)

    def passes_until_refused(self, cost: int = 1, most: int = 1000) -> int:
        """How many verifies are valid in a row."""
        for passed in range(most):
            if not self.verify(cost).valid:
                return passed
        return most

    def revise(self, **attributes: Any) -> None:
        revise_key(ROOT, self.row.public_id, attributes, now=self.now)

    def reconcile(self, *, idle: timedelta = AT_ONCE) -> int:
        """Everything is rolled up, and whatever was lost comes back; how much that was."""
        later = self.now + timedelta(minutes=1)
        flush(later)
        returned = reconcile(later, idle=idle)
        flush(later)
        return returned + reconcile(later, idle=idle)

    def remaining(self, name: str) -> int | None:
        """What the next verify would find, without one."""
        limits = self.verify(dry_run=True).limits
        return next((it.remaining for it in limits if it.name == name), None)


def entry(key: Key, kind: str) -> LedgerEntry:
    """What the ledger says of one quota of the key."""
    return LedgerEntry.objects.get(key=key.row, kind=kind)


def in_flight(key: Key, kind: str, units: int) -> tuple[Subject, list[Grant]]:
    """Units that were leased for a request, and have not reached the limiter yet."""
    record = records.read_anew(key.secret, limiter())
    assert record is not None
    subject = record.subject
    return subject, ledger.lease(key.row.pk, {kind: units}, micros(key.now), subject.epoch)
