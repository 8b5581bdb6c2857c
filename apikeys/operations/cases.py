"""One presentation on its way to a verdict."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import connection
from django.db.models import Q

from apikeys.domain.limits import NEVER_US, Limits, moment
from apikeys.domain.metering import Ask
from apikeys.domain.presentation import Presentation
from apikeys.domain.rules import decide, decide_known
from apikeys.domain.terms import Terms
from apikeys.domain.usage import Attempt
from apikeys.domain.verdict import Check, LimitState, Outcome, Verdict
from apikeys.limiters.base import Request, Taken
from apikeys.models import Tenant
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now
from apikeys.operations.records import Record, records

_SECOND_US = 1_000_000


class Case:
    """A presentation, the record that was found for it, and what the rules say of both.

    `reach` is whose keys may be known of: a tenant, None for all, or as far as the caller of
    another case reaches. `now` is for tests; without it every part has its own clock.
    """

    __slots__ = (
        *("presentation", "now", "record", "is_decided", "decided_at", "verdict"),
        *("_reach", "_name", "_births", "_is_hidden", "_lease_id"),
    )

    def __init__(
        self, presentation: Presentation, reach: Case | str | None, now: datetime | None = None
    ) -> None:
        self.presentation = presentation
        self.now = now
        self.record: Record | None = None
        self.is_decided = False
        self._reach = reach
        self._name = b""
        self._births = 0

    def decide(self) -> None:
        """Find the record and apply every rule to it; limits are for the limiter."""
        self._births = records.births
        found, self._name = records.find(self.presentation.secret, limiter())
        self.decide_about(found)

    def decide_about(self, found: Record | None) -> None:
        """Apply every rule to a record."""
        self.record = found if found is not None and self._reaches(found.terms) else None
        self._is_hidden = found is not None and self.record is None
        now = self.decided_at = self.now or utc_now()
        if self.record is None:
            self.verdict = decide(None, self.presentation, now)
        else:
            self.verdict = decide_known(self.record.terms, self.presentation, now)
        leases = self.record is not None and self.presentation.lease_seconds
        self._lease_id = new_lease_id(self.record.terms.key_id) if self.record and leases else ""
        self.is_decided = True

    @property
    def is_routine(self) -> bool:
        """Whether the rules let it pass, and would again if it came again in the same words."""
        asked = self.presentation
        once = asked.lease_seconds or asked.dry_run or asked.explain or asked.signed_request
        return self.record is not None and self.verdict.valid and not once

    @property
    def attempt(self) -> Attempt | None:
        """What is to be remembered, whatever comes of it; None before there is any tenant."""
        asked = self.presentation
        tenant = self.record.loaded.tenant if self.record else self._asking_tenant()
        if tenant is None:
            return None
        key = self.record.loaded.key if self.record else None
        return Attempt(tenant, key, asked.endpoint or "", asked.cost, asked.ip or "")

    @property
    def request(self) -> Request:
        """What the limiter is asked."""
        assert self.record is not None  # noqa: S101  (callers ask about records only)
        asked, subject, attempt = self.presentation, self.record.subject, self.attempt
        assert attempt is not None  # noqa: S101  (its tenant is known)
        refusal = "" if self.verdict.valid else str(self.verdict.outcome)
        if not (asked.lease_seconds or asked.dry_run or refusal or asked.cost != 1):
            return Request(subject, _PLAIN, attempt)
        ask = Ask(
            cost=asked.cost,
            lease_id="" if asked.dry_run else self._lease_id,
            lease_us=(asked.lease_seconds or 0) * _SECOND_US,
            refusal="" if asked.dry_run else refusal,
            dry=asked.dry_run,
        )
        return Request(subject, ask, attempt)

    def told(self, taken: Taken) -> Verdict:
        """The verdict, with what the limiter said."""
        assert self.record is not None  # noqa: S101  (it was asked about)
        if not self.verdict.valid:
            return self.verdict
        told = limited(self.verdict, self.record.subject.limits, taken)
        if not (self._lease_id or self.presentation.explain):
            return told
        return told._replace(checks=self._checks(told.outcome), lease=self._lease(told.outcome))

    def keep_unknown(self, births: int) -> bool:
        """Remember that no key has the secret; False if that is no longer certain."""
        if not self._is_hidden and self.verdict.outcome is not Outcome.MALFORMED:
            records.keep_unknown(self._name, self._births, births)
            return births == self._births
        return True

    def _checks(self, outcome: Outcome) -> tuple[Check, ...]:
        if not self.presentation.explain:
            return ()
        valid = outcome is Outcome.VALID
        limited = Check("within_limits", passed=valid, code=None if valid else outcome)
        return (*self.verdict.checks, limited)

    def _lease(self, outcome: Outcome) -> str | None:
        taken = outcome is Outcome.VALID and not self.presentation.dry_run
        return self._lease_id if self._lease_id and taken else None

    def _reaches(self, terms: Terms) -> bool:
        reach = self._reach
        if isinstance(reach, Case):
            if reach.record is None:
                return False
            asking = reach.record.terms
            reach = None if asking.is_root else asking.tenant_id
        return reach is None or terms.tenant_id == reach

    def _asking_tenant(self) -> int | None:
        if isinstance(self._reach, Case) and self._reach.record:
            return self._reach.record.loaded.tenant
        return _tenant_pk(self._reach if isinstance(self._reach, str) else "")


_PLAIN = Ask()


def limited(verdict: Verdict, limits: Limits, taken: Taken) -> Verdict:
    """A verdict that the rules let pass, with what the limiter said of it."""
    outcome = taken.outcome or Outcome.UNDETERMINED
    if outcome is Outcome.VALID and not limits:
        return verdict
    states, wait = _limit_states(limits, taken), whole_seconds(taken.retry_us)
    return Verdict(outcome, verdict.terms, limits=states, retry_after=wait)


def new_lease_id(key_id: str) -> str:
    """`lease_`, the key's hex digits, 24 more of chance: whoever frees it says whose it is."""
    return f"lease_{key_id.removeprefix('key_')}{secrets.token_hex(12)}"


def _limit_states(limits: Limits, taken: Taken) -> tuple[LimitState, ...]:
    """What is left of each limit, as far as the limiter knows."""
    return tuple(
        LimitState(name, level.limit, level.remaining, _reset(level.reset_us))
        for name, level in zip(limits.names, taken.levels, strict=False)
        if level is not None
    )


def whole_seconds(micros: int | None) -> int | None:
    """A wait as answers tell it: rounded up, at least a second."""
    return None if micros is None else max(1, -(-micros // _SECOND_US))


def _tenant_pk(public_id: str) -> int | None:
    """Of the tenant that asked, of the default one where nobody was asking; None: there is none."""
    wanted = Q(public_id=public_id) if public_id else Q(is_default=True)
    if connection.in_atomic_block:  # what is seen in there may never be
        return Tenant.objects.filter(wanted).values_list("pk", flat=True).first()
    if public_id not in _tenant_pks:
        found = Tenant.objects.filter(wanted).values_list("pk", flat=True).first()
        if found is None:
            return None
        _tenant_pks[public_id] = found
    return _tenant_pks[public_id]


_tenant_pks: dict[str, int] = {}  # few ask, and a tenant is for ever


def _reset(reset_us: int) -> datetime | None:
    return None if reset_us >= NEVER_US else moment(reset_us)
