"""Whether what the stores have acknowledged outlives a crash: looked at once, at the start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from keyservice.stores import CONNECT_SECONDS
from keyservice.variables import BadSetting

_CLUSTER_SCHEME = "redis+cluster://"
_WANTED = {
    "aof_enabled": ("1", "appendonly is off: a restart forgets usage that was not rolled up yet"),
    "maxmemory_policy": (
        "noeviction",
        "its maxmemory-policy is not noeviction: it may forget keys",
    ),
}


def require_durable_commits() -> None:
    """Refuse a PostgreSQL that acknowledges what a crash may undo, a revocation for instance."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        [chosen] = cursor.fetchone()
    if chosen == "off":
        raise BadSetting(
            "DATABASE_URL",
            "synchronous_commit is off, so that a crash could undo a revocation. Set it to on.",
        )


def complaints_about_redis(url: str) -> Iterator[str]:
    """What is wrong with how Redis keeps its data; by that usage is lost, no quota exceeded."""
    told = _info(url)
    for name, (wanted, complaint) in _WANTED.items():
        if any(str(node.get(name, wanted)) != wanted for node in told):
            yield f"REDIS_URL: {complaint}."


def _info(url: str) -> list[dict[str, Any]]:
    """Of each node. INFO, because services that run Redis for others forbid CONFIG."""
    from redis import Redis
    from redis.cluster import RedisCluster

    options: Any = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": CONNECT_SECONDS}
    if not url.startswith(_CLUSTER_SCHEME):
        with Redis.from_url(url, **options) as client:
            return [client.info()]
    with RedisCluster.from_url(url.replace(_CLUSTER_SCHEME, "redis://", 1), **options) as cluster:
        return [cluster.info(target_nodes=node) for node in cluster.get_primaries()]
