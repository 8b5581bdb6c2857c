"""Verify a presented secret: find the key, decide, count. The way of every request of a customer.

    find       the record of the key, from this process' memory or the database (`records`)
    decide     every rule of the key, in order (`domain.rules`)
    take       one atomic step of the limiter: versions compared, limits taken, the event written

A step that finds the record outdated, or a quota without units at hand, is repeated.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.presentation import Presentation
from apikeys.domain.secret import Secret
from apikeys.domain.verdict import UNDETERMINED, Verdict
from apikeys.limiters.base import EpochLost, LimiterDown, Taken
from apikeys.operations import epochs
from apikeys.operations.cases import Case
from apikeys.operations.degraded import decide_without_limiter
from apikeys.operations.limiting import limiter
from apikeys.operations.records import Record
from apikeys.operations.routines import routines
from apikeys.operations.steps import Leasing, is_done

# More often than this only in a storm of changes, or when parts fail one after the other.
_TRIES = 12
# Units that another request leases are there after some milliseconds, or after a second if it died.
_PAUSE_SECONDS = 0.002
_PATIENCE_SECONDS = 5

logger = logging.getLogger(__name__)


def verify(
    presentation: Presentation, *, tenant_id: str | None = None, now: datetime | None = None
) -> Verdict:
    """The verdict on one presentation. Never raises: what cannot be decided is `undetermined`.

    `tenant_id` is whose keys the asker may know of; None for all. A key of another tenant is
    answered like a key that does not exist.
    """
    return _guarded([Case(presentation, tenant_id, now)])[0]


def verify_for(
    caller: Presentation,
    presented: Presentation,
    *,
    now: datetime | None = None,
    name: bytes = b"",
    begun: Sequence[Verdict] = (),
) -> list[Verdict]:
    """The caller's own verdict, and that on what it presents, unless the caller is refused.

    Both in one step of the limiter. The caller may know of the keys of its tenant, the root key of
    all. Under its `name`, if it has one, the question is kept for `repeated`; `begun` are the
    verdicts that this gave of it already.
    """
    asking = Case(caller, None, now)
    cases = [asking, Case(presented, asking, now)]
    if begun:
        asking.decide()
    verdicts = _guarded(cases, begun)
    if name and len(verdicts) == len(cases):
        routines.learn(name, cases)
    return verdicts


def repeated(name: bytes, now: datetime) -> list[Verdict]:
    """What `verify_for` gives of the question with this name, as far as nothing has changed."""
    verdicts: list[Verdict] = []
    try:
        routines.repeat(name, now, verdicts)
    except (EpochLost, Leasing):
        pass  # which takes longer, and is seen to there
    except LimiterDown as down:
        if down.maybe_taken:
            verdicts.append(_given_up(down))
    except Exception as error:
        verdicts.append(_given_up(error))
    return verdicts


def client_secret_digests(secret: Secret) -> tuple[bytes, ...]:
    """What `Presentation.client_secret_digests` takes."""
    return tuple(digest for _, digest in digests.candidates(ring(), secret))


def _guarded(cases: Sequence[Case], begun: Sequence[Verdict] = ()) -> list[Verdict]:
    verdicts = list(begun)
    try:
        _decide_all(cases, verdicts)
    except Exception as error:
        verdicts.append(_given_up(error))
    return verdicts


def _given_up(error: Exception) -> Verdict:
    logger.error("verify could not decide", extra={"error": type(error).__name__})
    return UNDETERMINED


def _decide_all(cases: Sequence[Case], verdicts: list[Verdict]) -> None:
    """Append the verdicts, up to the first that is not valid."""
    tries, until = 0, time.monotonic() + _PATIENCE_SECONDS
    while tries < _TRIES and time.monotonic() < until:
        tries += 1
        try:
            _in_epoch(cases[len(verdicts) :], verdicts)
        except LimiterDown as down:
            _without_limiter(cases[len(verdicts) :], verdicts, down)
        except Leasing:
            tries -= 1
            time.sleep(_PAUSE_SECONDS)
        if len(verdicts) == len(cases) or not all(verdict.valid for verdict in verdicts):
            return
    raise TimeoutError("no verdict after so many tries")


def _in_epoch(cases: Sequence[Case], verdicts: list[Verdict]) -> None:
    """One try, or an epoch for the next; a process that knows none may be unable to get one."""
    try:
        _step(cases, verdicts)
    except EpochLost as lost:
        epochs.establish(lost.shard)


def _step(cases: Sequence[Case], verdicts: list[Verdict]) -> None:
    """One try at what is left; what cannot be answered yet is left for the next."""
    asked = []
    for case in cases:
        case.decide()
        if case.record is None:
            break
        asked.append(case)
        if not case.verdict.valid:
            break
    for case, taken in zip(asked, _take(asked), strict=False):
        if not is_done(_record_of(case), case.request, taken):
            return
        verdicts.append(case.told(taken))
        if not verdicts[-1].valid:
            return
    following = cases[len(asked) :]
    if following and following[0].record is None and following[0].is_decided:
        _note(following[0], verdicts)


def _take(cases: Sequence[Case]) -> list[Taken]:
    return limiter().take([case.request for case in cases], cases[0].now) if cases else []


def _record_of(case: Case) -> Record:
    assert case.record is not None  # noqa: S101  (it was asked about)
    return case.record


def _note(case: Case, verdicts: list[Verdict]) -> None:
    """A secret that no key has; unless one was imported since we looked."""
    attempt = case.attempt
    if (
        attempt is None
        or case.presentation.dry_run
        or case.keep_unknown(limiter().note(attempt, case.verdict.outcome))
    ):
        verdicts.append(case.verdict)


def _without_limiter(cases: Sequence[Case], verdicts: list[Verdict], down: LimiterDown) -> None:
    if down.maybe_taken:
        # It may have been counted: to count it again would be a lie, and so would not to.
        raise down
    for case in cases:
        verdicts.append(decide_without_limiter(case))
        if not verdicts[-1].valid:
            return
