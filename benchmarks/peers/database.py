"""The database of a peer."""

from __future__ import annotations

import os
from typing import Any

from environ import Env


def databases() -> dict[str, dict[str, Any]]:
    """DATABASES from DATABASE_URL, with a connection that each thread keeps."""
    config: dict[str, Any] = Env.db_url_config(os.environ["DATABASE_URL"])
    return {"default": {**config, "CONN_MAX_AGE": None}}
