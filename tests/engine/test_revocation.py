"""What stops a key stops it at once: no verify that begins after the return is valid.

Records are read slowly and pushed out now and then, so that the old is often kept behind the new.
Half of the verifies are asked by a caller in the same words each time, as services ask them.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from apikeys.domain.secret import Secret
from apikeys.domain.verdict import Verdict
from apikeys.limiters.base import Limiter
from apikeys.limiters.database import DatabaseLimiter
from apikeys.models import ApiKey
from apikeys.operations import (
    Presentation,
    delete_key,
    disable_key,
    issue_key,
    revise_key,
    revise_tenant,
    revoke_key,
    rotate_secret,
    verify,
)
from apikeys.operations.absorbing import absorb
from apikeys.operations.limiting import limiter
from apikeys.operations.loading import load
from apikeys.operations.records import Records
from apikeys.operations.transactions import mutation
from apikeys.operations.verify import verify_for
from tests.engine import losing, workers
from tests.engine.asking import ROOT
from tests.engine.much import TIMES
from tests.factories import TenantFactory
from tests.races.crew import GATE_SECONDS, Crew, crew_of, of_type

READERS = 8
TRIALS = 20 * TIMES
READS_AFTER = 3
HESITATION_SECONDS = 0.02

Make = Callable[[str], Callable[[], Limiter]]


def revoke(key: ApiKey) -> None:
    revoke_key(ROOT, key.public_id)


def disable(key: ApiKey) -> None:
    disable_key(ROOT, key.public_id)


def delete(key: ApiKey) -> None:
    delete_key(ROOT, key.public_id)


def suspend_tenant(key: ApiKey) -> None:
    revise_tenant(ROOT, key.tenant.public_id, {"status": "suspended"})


def take_scope(key: ApiKey) -> None:
    revise_key(ROOT, key.public_id, {"scopes": ["other"]})


def rotate_without_grace(key: ApiKey) -> None:
    rotate_secret(ROOT, key.public_id, grace_seconds=0)


def let_grace_end(key: ApiKey) -> None:
    ends = rotate_secret(ROOT, key.public_id, grace_seconds=1).previous_secret_expires_at
    _wait_until(ends)


def let_expire(key: ApiKey) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=0.1)
    revise_key(ROOT, key.public_id, {"expires_at": ends.isoformat()})
    _wait_until(ends)


def _wait_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


EDGES = (
    *(revoke, disable, delete, suspend_tenant, take_scope),
    *(rotate_without_grace, let_grace_end, let_expire),
)


@dataclass(frozen=True, slots=True)
class Read:
    """One verify: when it began (monotonic seconds), and whether it was accepted."""

    began_at: float
    was_valid: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """One key, those who ask for it, and who stops it."""

    key: ApiKey
    secret: Secret
    caller: Secret
    records: Records
    was_read: threading.Event = field(default_factory=threading.Event)
    has_returned: threading.Event = field(default_factory=threading.Event)

    def stop(self, edge: Callable[[ApiKey], None]) -> float:
        """When the call had returned. It waits for a verify that is valid."""
        self.was_read.wait(GATE_SECONDS)
        time.sleep(random.uniform(0, HESITATION_SECONDS))
        try:
            edge(self.key)
            return time.monotonic()
        finally:
            self.has_returned.set()

    def reads(self) -> Iterator[Read]:
        """Verifies without a pause, until some have begun after the return."""
        left = READS_AFTER
        while left:
            left -= self.has_returned.is_set()
            if random.random() < 0.1:
                self.records.clear()
            began_at = time.monotonic()
            verdict = self._verdict()
            assert verdict.outcome != "undetermined"
            if verdict.valid:
                self.was_read.set()
            yield Read(began_at, verdict.valid)

    def _verdict(self) -> Verdict:
        presented = Presentation(self.secret, scopes=("read",))
        if random.random() < 0.5:
            return verify(presented)
        caller = Presentation(self.caller, scopes=("api_keys:verify",), management=True)
        return verify_for(self.key.public_id, lambda: (caller, presented))[-1]


def accepted_after(crew: Crew, records: Records, edge: Callable[[ApiKey], None]) -> int:
    """How many verifies were valid though they began when the key had been stopped."""
    tenant = TenantFactory.create()
    issued = issue_key(ROOT, name="stopped", tenant=tenant.public_id, scopes=["read", "other"])
    caller = issue_key(
        ROOT, name="c", tenant=tenant.public_id, key_type="management", scopes=["api_keys:verify"]
    )
    assert issued.secret is not None
    assert caller.secret is not None
    trial = Trial(issued.key, issued.secret, caller.secret, records)
    works: list[Any] = [partial(trial.stop, edge), *[lambda: list(trial.reads())] * READERS]
    returned_at, *readings = crew.do(works)
    assert isinstance(returned_at, float), returned_at
    assert len(of_type(list, readings)) == READERS, readings
    later = [it for some in of_type(list, readings) for it in some if it.began_at > returned_at]
    assert len(later) >= READERS * READS_AFTER
    return sum(it.was_valid for it in later)


@pytest.fixture
def workers_of(
    fresh: None, made: Make, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> Records:
    """One process on SQLite, two workers with Redis on PostgreSQL; all of them read slowly."""
    workers.hesitate(monkeypatch, load, HESITATION_SECONDS)
    if database_kind == "sqlite":
        return workers.serve(monkeypatch, made("memory"), 1)
    return workers.serve(monkeypatch, made("redis"), 2)


@pytest.mark.parametrize("edge", EDGES)
def test_no_verify_is_accepted_that_begins_after_the_return(
    workers_of: Records, edge: Callable[[ApiKey], None]
) -> None:
    trials = TRIALS // 4 if edge is let_grace_end else TRIALS  # a grace is of whole seconds
    with crew_of(READERS + 1) as crew:
        assert sum(accepted_after(crew, workers_of, edge) for _ in range(trials)) == 0


def test_nor_when_the_limiter_forgets_everything_meanwhile(
    workers_of: Records, made: Make, database_kind: str
) -> None:
    """Redis is flushed behind the revocation: what it had been told of is gone."""

    def revoke_and_lose(key: ApiKey) -> None:
        revoke(key)
        if database_kind == "postgresql":
            losing.delete(limiter(), streams=True)  # type: ignore[arg-type]

    with crew_of(READERS + 1) as crew:
        for _ in range(TRIALS):
            assert accepted_after(crew, workers_of, revoke_and_lose) == 0


def test_nor_when_another_process_on_the_same_file_stops_the_key(
    workers_of: Records, monkeypatch: pytest.MonkeyPatch, database_kind: str
) -> None:
    """As `manage.py` does beside the embedded service: nothing is published to its memory."""
    if database_kind == "sqlite":
        other = DatabaseLimiter(absorb, mutation)
        monkeypatch.setattr("apikeys.operations.changes.limiter", lambda: other)
    with crew_of(READERS + 1) as crew:
        for _ in range(TRIALS):
            assert accepted_after(crew, workers_of, revoke) == 0
