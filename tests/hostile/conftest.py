"""What is refused does not rest on where verifies are counted: here in memory, the quickest way."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _counting(counting_in_memory: None) -> None:
    """For every request."""
