"""The limiter of the process, one of each kind after the other."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from apikeys.limiters.base import Limiter
from apikeys.operations.limiting import install
from tests.limiters import KINDS, limiter_of


@pytest.fixture(params=KINDS)
def any_limiter(
    request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path
) -> Generator[Limiter, None, None]:
    """Installed for the test, and knowing of no epoch yet."""
    chosen = limiter_of(request.param, request, tmp_path)
    install(chosen)
    yield chosen
    install(None)
