"""Verify a presented secret: find the key, decide, count. The way of every request of a customer.

    find       the record of the key, from this process' memory or the database (`records`)
    decide     every rule of the key, in order (`domain.rules`)
    take       one atomic step of the limiter: versions compared, limits taken, the event written

A step that finds the record outdated, or a quota without units at hand, is repeated.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from apikeys.conf import ring
from apikeys.domain import digests
from apikeys.domain.presentation import Presentation
from apikeys.domain.secret import Secret
from apikeys.domain.verdict import UNDETERMINED, Verdict
from apikeys.limiters.base import EpochLost, LimiterDown
from apikeys.operations import epochs
from apikeys.operations.cases import Case
from apikeys.operations.degraded import decide_without_limiter
from apikeys.operations.limiting import limiter
from apikeys.operations.records import keyed_name
from apikeys.operations.routines import routines
from apikeys.operations.steps import Leasing, see_to

# More often than this only in a storm of changes, or when parts fail one after the other.
_TRIES = 12
# Units that another request leases are there after some milliseconds, or after a second if it died.
_PAUSE_SECONDS = 0.004
# Nobody is kept for longer than this, whatever fails and whoever leases.
_PATIENCE_SECONDS = 5

Ask = Callable[[], tuple[Presentation, Presentation] | None]

logger = logging.getLogger(__name__)


def verify(
    presentation: Presentation, *, tenant_id: str | None = None, now: datetime | None = None
) -> Verdict:
    """The verdict on one presentation. Never raises: what cannot be decided is `undetermined`.

    `tenant_id` is whose keys the asker may know of; None for all. A key of another tenant is
    answered like a key that does not exist.
    """
    verdicts: list[Verdict] = []
    _decide([Case(presentation, tenant_id, now)], verdicts)
    return verdicts[0]


def verify_for(facts: str, ask: Ask) -> list[Verdict]:
    """The verdict on a caller, and unless it is refused that on what it presents.

    Both in one step of the limiter. The caller may know of the keys of its tenant, the root key of
    all. `ask` gives both presentations, or None if nothing can be asked; `facts` is all that it
    rests on. Where the same was asked before, and nothing has changed since, it is not called.
    """
    name = keyed_name(facts)
    verdicts = _repeated(name)
    if _is_over(verdicts):
        return verdicts
    asked = ask()
    if asked is None:
        return verdicts
    caller = Case(asked[0], None)
    cases = [caller, Case(asked[1], caller)]
    _decide(cases, verdicts)
    if len(verdicts) == len(cases) and UNDETERMINED not in verdicts:
        routines.learn(name, cases)
    return verdicts


def client_secret_digests(secret: Secret) -> tuple[bytes, ...]:
    """What `Presentation.client_secret_digests` takes."""
    return tuple(digest for _, digest in digests.candidates(ring(), secret))


def _is_over(verdicts: Sequence[Verdict]) -> bool:
    """Whether caller and key are judged, or the caller is refused."""
    return len(verdicts) == 2 or any(not verdict.valid for verdict in verdicts)


def _repeated(name: bytes) -> list[Verdict]:
    """The verdicts of last time, as far as they hold and the limiter agrees."""
    verdicts: list[Verdict] = []
    try:
        routines.repeat(name, verdicts)
    except (EpochLost, Leasing):
        pass  # to be decided anew, which sees to it
    except LimiterDown as down:
        if down.maybe_taken:
            verdicts.append(_given_up(down))
    except Exception as error:
        verdicts.append(_given_up(error))
    return verdicts


def _decide(cases: Sequence[Case], verdicts: list[Verdict]) -> None:
    """Append the verdicts, up to the first that is not valid; the first ones may be there."""
    try:
        for case in cases[: len(verdicts)]:
            case.decide()
        _decide_all(cases, verdicts)
    except Exception as error:
        verdicts.append(_given_up(error))


def _given_up(error: Exception) -> Verdict:
    logger.error("verify could not decide", extra={"error": type(error).__name__})
    return UNDETERMINED


def _decide_all(cases: Sequence[Case], verdicts: list[Verdict]) -> None:
    tries, until = 0, time.monotonic() + _PATIENCE_SECONDS
    while tries < _TRIES and time.monotonic() < until:
        try:
            _in_epoch(cases[len(verdicts) :], verdicts)
        except LimiterDown as down:
            _without_limiter(cases[len(verdicts) :], verdicts, down)
        except Leasing:
            time.sleep(_PAUSE_SECONDS)
            continue
        if len(verdicts) == len(cases) or not all(verdict.valid for verdict in verdicts):
            return
        tries += 1
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
    requests = [case.request for case in asked]
    answers = limiter().take(requests, asked[0].now) if asked else []
    for case, request, taken in zip(asked, requests, answers, strict=False):
        if not (case.record and see_to(case.record, request, taken)):
            return
        verdicts.append(case.told(taken))
        if not verdicts[-1].valid:
            return
    following = cases[len(asked) :]
    if following and following[0].record is None and following[0].is_decided:
        _note(following[0], verdicts)


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
