"""Who may do what does not rest on where verifies are counted: here in memory, the quickest way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apikeys.limiters.base import Limiter
from apikeys.limiters.memory import MemoryLimiter
from apikeys.operations import limiting


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Limiter:
    limiter = MemoryLimiter(tmp_path_factory.mktemp("journal"), keeps_records=False)
    limiter.adopt(0, limiter.begin_epoch(0))  # without rows, which would go with the first test
    return limiter


@pytest.fixture(autouse=True)
def counting_in_memory(memory: Limiter) -> Iterator[None]:
    limiting.install(memory)
    yield
    limiting.install(None)
