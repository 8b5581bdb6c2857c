"""What in this directory depends on the database, and what need not run once for each."""

from __future__ import annotations

import os

from tests import bed

collect_ignore = (
    []
    if os.environ.get(bed.PREPARED) == bed.SQLITE
    else ["test_environment.py", "test_files.py", "test_logs.py", "test_start_refused.py"]
)
