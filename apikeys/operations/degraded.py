"""What is decided while the limiter is down: from the database alone, and counted there.

Keys without short limits go on; hard quotas spend what the ledger has not handed out. What only
the limiter knows is undetermined, unless the tenant prefers to let it pass.
"""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError

from apikeys.domain.limits import micros
from apikeys.domain.usage import Event
from apikeys.domain.verdict import UNDETERMINED, Verdict
from apikeys.operations import ledger
from apikeys.operations.absorbing import absorb
from apikeys.operations.cases import Case
from apikeys.operations.limiting import limiter
from apikeys.operations.reaching import utc_now
from apikeys.operations.records import Record, records
from apikeys.operations.transactions import mutation


def decide_without_limiter(case: Case) -> Verdict:
    """The verdict on a case whose step the limiter could not take."""
    try:
        case.decide_about(records.read_anew(case.presentation.secret, limiter()))
    except (DatabaseError, InterfaceError):
        return _from_memory(case)
    if case.record is None:
        return case.verdict
    if not case.verdict.valid:
        return _counted(case)
    if _needs_limiter(case, case.record):
        return UNDETERMINED
    return _counted(case)


def _needs_limiter(case: Case, record: Record) -> bool:
    if record.loaded.spared_by_limiter_loss:
        return False
    limits = record.subject.limits
    short = bool(limits.buckets) or limits.concurrent is not None
    return short or case.presentation.lease_seconds is not None


@mutation
def _counted(case: Case) -> Verdict:
    """Spend and count in one transaction; a dry run does neither."""
    assert case.record is not None  # noqa: S101  (it was looked at)
    if case.presentation.dry_run:
        return case.verdict
    now = case.now or utc_now()
    verdict, quotas = case.verdict, case.record.subject.limits.quotas
    if verdict.valid and quotas:
        key, cost = case.record.loaded.key, case.presentation.cost
        refusal = ledger.spend(key, quotas, cost, micros(now))
        verdict = verdict._replace(outcome=refusal) if refusal else verdict
    attempt = case.attempt
    absorb([Event(attempt, verdict.outcome, now)] if attempt else [])
    return verdict


def _from_memory(case: Case) -> Verdict:
    """The database is down too: only keys that allow a stale verdict, and have nothing to count."""
    record = records.kept(case.presentation.secret)
    if record is None or record.stale_seconds > record.loaded.max_staleness_seconds:
        return UNDETERMINED
    case.decide_about(record)
    if record.subject.limits or case.presentation.lease_seconds:
        return UNDETERMINED
    return case.verdict
