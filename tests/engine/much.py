"""How much is tried: `TEST_TIMES=10` tries ten times as much as `make test` does."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("TEST_TIMES", "1"))
