"""The database and the cache as Django's settings want them, from their URLs.

The messages never quote a URL: it usually holds a password.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from environ import Env

from keyservice.variables import BadSetting

SQLITE_NAME = "keyservice.sqlite3"
CONNECT_SECONDS = 3
# A server that is gone without a word, as after a failover, is noticed in ten seconds or so; left
# to the kernel a thread would wait for it for a quarter of an hour.
_SILENCE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}

_DATABASE_SCHEMES = ("postgres", "postgresql", "sqlite")
_REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+cluster")
_REDIS_BACKEND = "django.core.cache.backends.redis.RedisCache"

# IMMEDIATE takes the write lock when a transaction begins: a read that turns into a write midway
# would fail with "database is locked" without ever waiting. FULL because NORMAL may lose the last
# commits in a power cut, and one of them may be a revocation.
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}


def parse_database(name: str, url: str | None, *, data_dir: Path, pool_size: int) -> dict[str, Any]:
    """The entry of DATABASES. `pool_size` is the number of connections per process, 0: no pool."""
    if url is None:
        return _sqlite(data_dir / SQLITE_NAME)
    parts = _split(name, url, _DATABASE_SCHEMES)
    if parts.scheme == "sqlite":
        return _sqlite(_sqlite_path(name, parts))
    config = Env.db_url_config(url)
    if not config["NAME"]:
        raise BadSetting(name, "names no database, as in postgresql://user@host:5432/keyservice.")
    return {
        **{part: config[part] for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT")},
        "ENGINE": "django.db.backends.postgresql",
        # A pool hands out open connections, so a thread keeps none for itself.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "keyservice",
            **_SILENCE,
            **config.get("OPTIONS", {}),
            **_pooled_options(pool_size),
        },
    }


def parse_cache(name: str, url: str | None) -> dict[str, Any]:
    """The entry of CACHES: Redis or Valkey, or the memory of this one process."""
    if url is None:
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {
                "MAX_ENTRIES": 100_000
            },  # counters of failures must not push one another out
        }
    parts = _split(name, url, _REDIS_SCHEMES)
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise BadSetting(name, "names no server, as in redis://127.0.0.1:6379/0.")
    clustered = parts.scheme == "redis+cluster"
    return {
        "BACKEND": "keyservice.redis_cache.ClusterCache" if clustered else _REDIS_BACKEND,
        # A list, because Django splits a string at commas, and a password may hold one.
        "LOCATION": [url.replace("redis+cluster://", "redis://", 1)],
        "KEY_PREFIX": "keyservice",
        "OPTIONS": {
            # Django's default is pickle, which runs whatever someone has written into Redis.
            "serializer": "keyservice.redis_cache.JSONSerializer",
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": CONNECT_SECONDS,
        },
    }


def _split(name: str, url: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # Not chained: the exception may quote a part of the URL.
        raise BadSetting(name, "is not a URL; special characters need percent-encoding.") from None
    if parts.scheme not in schemes or not url.startswith(f"{parts.scheme}://"):
        raise BadSetting(name, f"must begin with one of {', '.join(f'{s}://' for s in schemes)}.")
    if port == 0:
        raise BadSetting(name, "names port 0, on which nothing can listen.")
    return parts


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # A thread keeps its connection: opening a file and setting its pragmas takes longer than
        # most requests.
        "CONN_MAX_AGE": None,
        "OPTIONS": dict(_SQLITE_OPTIONS),
    }


def _sqlite_path(name: str, parts: SplitResult) -> Path:
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or not path:
        raise BadSetting(
            name,
            "must name a file, as in sqlite:///relative.sqlite3 or sqlite:////absolute.sqlite3.",
        )
    return Path(path).absolute()


def _pooled_options(size: int) -> dict[str, Any]:
    if not size:
        return {}
    # The wait is shorter than what a client waits for us, so that an exhausted pool is an answer.
    pool = {"min_size": 1, "max_size": size, "timeout": CONNECT_SECONDS}
    # With a pool of our own there is no PgBouncer between, so `loading` may prepare its statement.
    return {"pool": pool, "prepare_threshold": 0}
