"""Sites to strike, and which of the tests run."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests import bed
from tests.faults.site import Site
from tests.prepared import Prepared


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests unless the run is a long one. None is skipped: in CI none may be."""
    if config.getoption("--kills") > bed.KILLS:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> int:
    """How often each fault is to strike."""
    return int(pytestconfig.getoption("--kills"))


@pytest.fixture
def is_long(kills: int) -> bool:
    """Whether the run may take minutes."""
    return kills > bed.KILLS


@pytest.fixture
def seed() -> int:
    """A seed that a failed test shows; it follows from pytest-randomly's, shown at the start."""
    chosen = random.getrandbits(32)
    sys.stdout.write(f"seed: {chosen}\n")
    return chosen


@pytest.fixture
def start_site(tmp_path: Path, prepared: Prepared) -> Generator[Callable[..., Site], None, None]:
    """Start a site of one's own: `start_site(services=2)`, `start_site(clustered=True)`."""
    started: list[Site] = []

    def start(*, services: int = 1, clustered: bool = False) -> Site:
        folder = tmp_path / f"site-{len(started)}"
        folder.mkdir()
        started.append(Site(folder, prepared, services=services, clustered=clustered))
        return started[-1]

    yield start
    for site in started:
        site.stop()
