"""The limiter of this process: Redis where there is one, memory when it serves alone, else the
database.
"""

from __future__ import annotations

import threading
from pathlib import Path

from django.core.signals import setting_changed
from django.db import connection

from apikeys.conf import settings
from apikeys.limiters.base import Limiter
from apikeys.limiters.database import DatabaseLimiter
from apikeys.limiters.memory import MemoryLimiter
from apikeys.limiters.watch import OutboxWatch
from apikeys.operations.absorbing import absorb
from apikeys.operations.transactions import mutation

_lock = threading.Lock()
_installed: Limiter | None = None


def limiter() -> Limiter:
    """The limiter that this process uses."""
    return _installed or _from_settings()


def install(chosen: Limiter | None) -> None:
    """Use this one from now on; None: what the settings say."""
    global _installed
    with _lock:
        _installed = chosen


def serve_alone(directory: Path) -> None:
    """This process is the only one that serves: count in its memory, journal into `directory`.

    On SQLite changes by other processes are seen at each verify, so that what was read can be kept.
    """
    on_sqlite = connection.vendor == "sqlite"
    memory = MemoryLimiter(directory, keeps_records=on_sqlite)
    if on_sqlite:
        memory.watch = OutboxWatch(memory.publish)
    install(memory)


def _from_settings() -> Limiter:
    if not settings.REDIS_URL:
        chosen: Limiter = DatabaseLimiter(absorb, mutation)
    else:
        # Not imported where it is not used: redis is an extra.
        from apikeys.limiters.remote.limiter import RedisLimiter

        seconds = settings.REDIS_TIMEOUT_MS / 1000
        chosen = RedisLimiter(settings.REDIS_URL, timeout_seconds=seconds)
    install(chosen)
    return chosen


def _forget(*, setting: str, **_: object) -> None:
    if setting == "APIKEYS":
        install(None)


setting_changed.connect(_forget, dispatch_uid="apikeys.operations.limiting")
