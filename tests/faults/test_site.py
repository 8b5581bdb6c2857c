"""The parts of a site go when they are told to, and others take their places."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from tests.faults.load import verify
from tests.faults.site import WORKERS, Site

WAIT_SECONDS = 30


def test_a_killed_worker_and_a_killed_flusher_are_replaced(
    start_site: Callable[..., Site], seed: int
) -> None:
    site = start_site()
    [service] = site.services
    workers, flusher = service.workers, site.flusher.pid
    key = site.create("a key")

    site.kill_worker(random.Random(seed))
    site.kill_flusher()

    deadline = time.monotonic() + WAIT_SECONDS
    with site.client() as client:
        while len(service.workers) < WORKERS or not verify(client, key).passed:
            assert time.monotonic() < deadline, site.log_text()
    assert len(set(service.workers) & set(workers)) == WORKERS - 1
    assert site.flusher.pid != flusher
