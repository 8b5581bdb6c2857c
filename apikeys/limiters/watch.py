"""Changes by other processes on one SQLite file, found out at the price of one PRAGMA."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

from apikeys.models import OutboxMessage

Publish = Callable[[str, str, int], None]


class OutboxWatch:
    """Reads new outbox messages when the database was written to by another connection.

    `PRAGMA data_version` tells that, for the price of no read. Writes of the same connection are
    published by whoever makes them.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._threads = threading.local()
        self._lock = threading.Lock()
        self._seen = 0

    def __call__(self) -> None:
        """Publish what is new. Called before anything that was kept is believed."""
        connection.ensure_connection()
        raw = connection.connection
        version = raw.execute("PRAGMA data_version").fetchone()[0]
        known, seen = getattr(self._threads, "known", (None, 0))
        if known is raw and seen == version:
            return
        self._read()
        self._threads.known = (raw, version)

    def _read(self) -> None:
        with self._lock:
            rows = OutboxMessage.objects.filter(pk__gt=self._seen).order_by("pk")
            for pk, kind, subject, version in rows.values_list("pk", "kind", "subject", "version"):
                self._publish(kind, subject, version)
                self._seen = pk
