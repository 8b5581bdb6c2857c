"""Which files need not run on each database, or cannot."""

from __future__ import annotations

import os

from tests import bed

_OF_NO_DATABASE = [
    "test_documentation.py",
    "test_environment.py",
    "test_files.py",
    "test_logs.py",
    "test_passwords.py",
    "test_start_refused.py",
]
# But for the first they know no database either; a Valkey is there on PostgreSQL anyway.
_OF_POSTGRESQL = [
    "test_start_together.py",
    "test_durability.py",
    "test_redis_cache.py",
    "test_chunked_bodies.py",
    "test_late_bodies.py",
    "test_wsgi.py",
]

collect_ignore = (
    _OF_NO_DATABASE if os.environ.get(bed.PREPARED) == bed.POSTGRESQL else _OF_POSTGRESQL
)
