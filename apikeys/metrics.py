"""What is counted of the running service, for Prometheus; nothing where its client is missing.

Every label is of a closed list, so that no caller can make new series. With the environment
variable PROMETHEUS_MULTIPROC_DIR, set before this module is imported, the processes of a service
count into files of that directory, and any of them tells the sum.

Below the operations, so that they may count.
"""

from __future__ import annotations

import os
import re
import time
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

_client: Any
try:
    _client = import_module("prometheus_client")
except ImportError:  # a host project need not install it
    _client = None

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Server = Literal["lane", "view", "python"]

_LATENCY_SECONDS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)
_REVOCATION_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)


class _Nothing:
    """Stands in for every metric where none can be kept."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: self


def _made(kind: str, name: str, told: str, labels: tuple[str, ...] = (), **more: Any) -> Any:
    if _client is None:
        return _Nothing()
    make = getattr(_client, kind)
    return make(f"keyservice_{name}", told, labels, registry=REGISTRY, **more)


REGISTRY: Any = None if _client is None else _client.CollectorRegistry()

_verify_seconds = _made(
    "Histogram",
    "verify_seconds",
    "Time from the request for a verify to its answer",
    ("server",),
    buckets=_LATENCY_SECONDS,
)
_verdicts = _made("Counter", "verdicts", "Verifies by outcome", ("outcome",))
_cache = _made("Counter", "record_cache", "Lookups of a key's record", ("result",))
_revocations = _made(
    "Histogram",
    "revocation_seconds",
    "Time from when a change of a key or tenant was written until every worker knows it",
    buckets=_REVOCATION_SECONDS,
)
_flush_lag = _made(
    "Gauge",
    "flush_lag_seconds",
    "Age of the oldest usage event that is not yet in the database",
    multiprocess_mode="mostrecent",
)
_backlog = _made(
    "Gauge",
    "stream_backlog",
    "Usage events that are not yet in the database",
    multiprocess_mode="mostrecent",
)
_flushed = _made("Counter", "usage_events_flushed", "Usage events brought into the database")
_closing = _made(
    "Gauge",
    "ledger_closing_units",
    "Units of hard quotas that are neither known to be spent nor given back yet",
    multiprocess_mode="mostrecent",
)
_limiter_up = _made(
    "Gauge",
    "limiter_up",
    "Whether the limiter answered when these figures were read",
    multiprocess_mode="mostrecent",
)
_leases = _made("Counter", "ledger_leases", "Leases of hard quotas taken from the database")
_units = _made("Counter", "ledger_units", "Units of hard quotas by what became of them", ("fate",))
_breaker = _made(
    "Gauge",
    "limiter_circuit_open",
    "Processes in which the circuit breaker of the limiter is open",
    multiprocess_mode="livesum",
)

# What happened on the way of a verify waits here, None for a hit: a metric of many processes asks
# the system at each step which process it is in, and four of them would take a tenth of a verify.
_WAITING_MAX = 200
_WAIT_SECONDS = 1.0
_waiting: deque[tuple[Server, str, float] | None] = deque()
_settled_at = 0.0


def verified(outcome: str, seconds: float, server: Server) -> None:
    """Count one verify."""
    _wait((server, outcome, seconds))


def cache_hit() -> None:
    """A record was found in the cache of the process."""
    _wait(None)


def _wait(item: tuple[Server, str, float] | None) -> None:
    if _client is None:
        return
    _waiting.append(item)
    if len(_waiting) >= _WAITING_MAX or time.monotonic() - _settled_at > _WAIT_SECONDS:
        settle()


def settle() -> None:
    """Tell Prometheus what happened since the last time; processes that serve do it each second."""
    global _settled_at
    _settled_at = time.monotonic()
    hits, durations, outcomes = 0, defaultdict[Server, list[float]](list), Counter[str]()
    with suppress(IndexError):  # several threads may take from it
        while True:
            item = _waiting.popleft()
            if item is None:
                hits += 1
                continue
            server, outcome, seconds = item
            durations[server].append(seconds)
            outcomes[outcome] += 1
    _hits.inc(hits)
    for server, took in durations.items():
        _observe(_verify_seconds.labels(server), took)
    for outcome, count in outcomes.items():
        _verdicts.labels(outcome).inc(count)


def _observe(histogram: Any, durations: list[float]) -> None:
    """What `observe` does, for all of them at once, which the client has no public way for.

    `tests/keyservice/test_metrics.py` holds it to what single observations give.
    """
    histogram._sum.inc(sum(durations))
    places = Counter(bisect_left(histogram._upper_bounds, it) for it in durations)
    for place, count in places.items():
        histogram._buckets[place].inc(count)


_hits, _misses = _cache.labels("hit"), _cache.labels("miss")


def cache_miss() -> None:
    """A record had to be read from the database, or there was none."""
    _misses.inc()


def revocation_effective(seconds: float) -> None:
    """A revocation is known everywhere, so long after its commit."""
    _revocations.observe(seconds)


def flushed(events: int) -> None:
    """A flusher brought events into the database."""
    _flushed.inc(events)


def engine(*, lag_seconds: float, backlog: int, closing_units: int, limiter_answers: bool) -> None:
    """How the engine stands, as it was found when somebody asked."""
    _flush_lag.set(lag_seconds)
    _backlog.set(backlog)
    _closing.set(closing_units)
    _limiter_up.set(int(limiter_answers))


def leased(units: int) -> None:
    """A lease of a hard quota was taken from the database."""
    _leases.inc()
    _units.labels("leased").inc(units)


def units_returned(units: int) -> None:
    """What was left of a lease went back to the database."""
    _units.labels("returned").inc(units)


def units_lost(units: int) -> None:
    """What was left of a lease was voided with the Redis that held it."""
    _units.labels("lost").inc(units)


def circuit(*, is_open: bool) -> None:
    """The circuit breaker of this process's limiter opened or closed."""
    _breaker.set(int(is_open))


def exposition() -> bytes | None:
    """Everything counted so far, of all processes, as text; None where nothing is counted."""
    if _client is None:
        return None
    directory = os.environ.get(MULTIPROCESS_VARIABLE)
    registry = REGISTRY if directory is None else _of_all_processes(Path(directory))
    settle()
    text: bytes = _client.generate_latest(registry)
    return text


def _of_all_processes(directory: Path) -> Any:
    multiprocess: Any = import_module("prometheus_client.multiprocess")
    # What a process that ended said of itself; the server has no hook for the end of one.
    for file in directory.glob("gauge_live*_*.db"):
        found = re.search(r"_([0-9]+)\.db\Z", file.name)
        if found and not _lives(int(found[1])):
            multiprocess.mark_process_dead(int(found[1]))
    registry = _client.CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
