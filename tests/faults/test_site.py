"""The parts of a site go when they are told to, and others take their places."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from tests.faults.site import WORKERS, Site

WAIT_SECONDS = 30

KILLS = 3


def test_a_service_outlives_workers_that_are_killed_one_after_the_other(
    start_site: Callable[..., Site], seed: int
) -> None:
    chance, site = random.Random(seed), start_site()
    for _ in range(KILLS):
        site.kill_worker(chance)
        await_workers(site)
    assert site.log_text().count("Unexpected exit from worker") == KILLS


def test_a_killed_worker_and_a_killed_flusher_are_replaced(
    start_site: Callable[..., Site], seed: int
) -> None:
    site = start_site()
    [service] = site.services
    workers, flusher = service.workers, site.flusher.pid
    key = site.create("a key")

    site.kill_worker(random.Random(seed))
    site.kill_flusher()

    await_workers(site)
    with site.client() as client:
        assert client.settled("POST", "/api_keys/verify", {"secret": key.secret}).code == "valid"
    assert len(set(service.workers) & set(workers)) == WORKERS - 1
    assert site.flusher.pid != flusher


def await_workers(site: Site) -> None:
    """Until all workers are there."""
    deadline = time.monotonic() + WAIT_SECONDS
    while len(site.services[0].workers) < WORKERS:
        assert time.monotonic() < deadline, site.log_text()
        time.sleep(0.05)
