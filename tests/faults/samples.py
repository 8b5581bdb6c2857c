"""What the processes of a site hold, looked at again and again."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import psycopg

from tests.faults.history import Call
from tests.faults.site import Site
from tests.servers.processes import open_descriptors, resident_bytes

_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keyservice'"


@dataclass(frozen=True, slots=True)
class Sample:
    """Sums over the workers of all services, at a monotonic second; memory in bytes."""

    at: float
    memory: int
    descriptors: int
    connections: int


class Sampler:
    """Takes samples of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.samples: list[Sample] = []

    def step(self) -> None:
        """Take one sample."""
        workers = [pid for service in self._site.services for pid in service.workers]
        with psycopg.connect(self._site.database_url) as connection:
            [connections] = connection.execute(_CONNECTIONS).fetchone() or [0]
        self.samples.append(
            Sample(
                at=time.monotonic(),
                memory=sum(resident_bytes(pid) for pid in workers),
                descriptors=sum(open_descriptors(pid) for pid in workers),
                connections=connections,
            )
        )


def percentile_seconds(calls: list[Call], *, slices: int) -> float:
    """The 99th percentile of how long calls took: the median of those of equal slices.

    One moment in which the machine did something else does not decide over it.
    """
    size = len(calls) // slices
    parts = [calls[number * size : (number + 1) * size] for number in range(slices)]
    return statistics.median(_p99([call.ended_at - call.began_at for call in p]) for p in parts)


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]
