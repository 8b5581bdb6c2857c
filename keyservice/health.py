"""Whether the process serves (`/livez`) and whether it has all it needs (`/readyz`)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_PING_SECONDS = 10

_logger = logging.getLogger("keyservice.health")


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """200 as soon as requests are answered; asks nothing else."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, cache and migrations are fine, else 503 and the names of what is not."""
    failed = [name for name, check in CHECKS.items() if not _holds(name, check)]
    if failed:
        return JsonResponse({"status": "unavailable", "failed": failed}, status=503)
    return JsonResponse({"status": "ready"})


def is_migrated() -> bool:
    """Whether the tables are those that the code expects."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def cache_answers() -> bool:
    """Whether the cache gives back what it was given."""
    name, value = f"ready-{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(name, value, _PING_SECONDS)
    return bool(cache.get(name) == value)


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


class MigratedOnce:
    """Asks until the answer is yes, then remembers it: nothing unmigrates a running service."""

    def __init__(self) -> None:
        self._known = False

    def __call__(self) -> bool:
        self._known = self._known or is_migrated()
        return self._known


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database_answers,
    "cache": cache_answers,
    "migrations": MigratedOnce(),
}


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever a driver raises, the answer is that the part is not fine
        _logger.warning("a readiness check failed", extra={"job": name}, exc_info=True)
        return False
