"""A steady load without faults: nothing grows, nothing slows down, every use is counted."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import pytest

from tests.faults.client import Client
from tests.faults.history import History
from tests.faults.load import Load, Running, Wanted, stop_all
from tests.faults.samples import Sample, Sampler, percentile_seconds
from tests.faults.site import Site
from tests.faults.writers import Repeating, Writer

CLIENTS = 4
KEYS = 20
PEAK_SECONDS = 5
#: Of the most that these clients get out of the machine.
LOAD_SHARE = 0.5
READ_SHARE, WRITE_SHARE = 0.02, 0.01
#: Memory of both workers may grow by so much in 10 minutes, and be off by so much at a sample.
GROWTH_BYTES, GROWTH_SECONDS = 2_000_000, 600
NOISE_BYTES = 4_000_000
NOISE_DESCRIPTORS = 4
SLOWER_MAX = 1.2
NOISE_SECONDS = 0.002
SLICES = 10


@pytest.mark.long
def test_under_a_steady_load_nothing_grows_and_every_use_is_counted(
    start_site: Callable[..., Site], pytestconfig: pytest.Config, tmp_path: Path, seed: int
) -> None:
    site, history, wanted = start_site(), History(), Wanted()
    sampler, writer = Sampler(site), Writer(site.client(), seed)
    wanted.steady = [site.create(f"key {number}") for number in range(KEYS)]
    wanted.pace_seconds = pace_at(site, wanted, history, seed)
    began_at = time.monotonic()

    soak(site, wanted, history, seed, sampler, writer, pytestconfig.getoption("--soak-seconds"))

    write(history, sampler, tmp_path)
    steady = history.started_after(began_at)
    assert not [call for call in history.calls if not call.passed]
    assert not set(writer.statuses) - {200, 201}
    nothing_grew(sampler.samples)
    site.manage("apikeys_worker", "--once")
    assert sum(site.total_requests(key) for key in wanted.steady) == len(history)
    nothing_slowed_down(steady)  # last, because a machine that others use too is to blame for it


def pace_at(site: Site, wanted: Wanted, history: History, seed: int) -> float:
    """Seconds that each client should rest between calls, after a look at how many it can make."""
    load = Load(site.urls, site.root_key, wanted, history, threads=CLIENTS, seed=seed)
    time.sleep(PEAK_SECONDS)
    load.stop()
    call_seconds = CLIENTS * PEAK_SECONDS / len(history)
    return call_seconds * (1 / LOAD_SHARE - 1)


def soak(
    site: Site,
    wanted: Wanted,
    history: History,
    seed: int,
    sampler: Sampler,
    writer: Writer,
    seconds: float,
) -> None:
    """Verifies, reads and mutations in their shares, and samples, for so long."""
    call_seconds = 2 * wanted.pace_seconds / CLIENTS
    reader = site.client()
    running: list[Running] = [
        Load(site.urls, site.root_key, wanted, history, threads=CLIENTS, seed=seed),
        Repeating(lambda: read(reader, wanted), seconds=call_seconds / READ_SHARE),
        Repeating(writer.step, seconds=call_seconds / WRITE_SHARE),
        Repeating(sampler.step, seconds=1),
    ]
    time.sleep(seconds)
    stop_all(running)
    reader.close()
    writer.client.close()


def read(client: Client, wanted: Wanted) -> None:
    """One read of a key."""
    assert client.call("GET", f"/api_keys/{wanted.steady[0].id}").status == 200


def nothing_grew(samples: list[Sample]) -> None:
    """Memory, descriptors and connections of the last third are those of the second."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    passed = last[0].at - middle[0].at
    grown = statistics.mean(s.memory for s in last) - statistics.mean(s.memory for s in middle)
    assert grown <= NOISE_BYTES + GROWTH_BYTES * passed / GROWTH_SECONDS
    assert max(s.descriptors for s in last) <= NOISE_DESCRIPTORS + max(
        s.descriptors for s in middle
    )
    assert max(s.connections for s in last) <= max(s.connections for s in samples[: 2 * third])


def nothing_slowed_down(history: History) -> None:
    """The slow ones of the last third are as fast as those of the first."""
    calls = sorted(history.calls, key=lambda call: call.began_at)
    third = len(calls) // 3
    first = percentile_seconds(calls[:third], slices=SLICES)
    last = percentile_seconds(calls[-third:], slices=SLICES)
    assert last <= first * SLOWER_MAX + NOISE_SECONDS


def write(history: History, sampler: Sampler, folder: Path) -> None:
    """Leave what was seen in the folder."""
    history.write(folder / "history.csv")
    lines = [",".join(str(part) for part in astuple(sample)) for sample in sampler.samples]
    (folder / "samples.csv").write_text("\n".join(["at,memory,descriptors,connections", *lines]))
