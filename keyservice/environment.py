"""The environment of the service, read once and checked as a whole.

`docs/environment.md` of the repository lists the variables for operators. Nothing else in the
project reads the process environment, but for the client of Prometheus (`docs/operating.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apikeys.domain.addresses import clean_network
from apikeys.domain.keyrings import BadKey, KeyRing, WeakKey, parse_ring
from apikeys.domain.minting import chosen_flaw
from apikeys.domain.secret import Secret
from keyservice import addresses, data_directory, stores
from keyservice.addresses import Bind
from keyservice.variables import BadSetting, Variables

WORKERS_MAX = 64
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

# Threads of one worker that run Python, and so the most database connections it can use at once.
THREADS_PER_WORKER = 4


@dataclass(frozen=True, slots=True)
class Environment:
    """What the operator decided, in the shapes that settings and start-up use.

    database, cache: the default entries of DATABASES and CACHES. public_urls: origins, the
    canonical one first, loopback ones under all their names. root_key, admin_password: only for
    the first start.
    """

    bind: Bind
    data_dir: Path
    keys: Secret
    database: dict[str, Any] = field(repr=False)
    cache: dict[str, Any] = field(repr=False)
    redis_url: Secret | None
    public_urls: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    root_key: Secret | None
    admin_password: Secret | None
    workers: int
    log_level: str
    debug: bool
    fast_lane: bool
    clerk_recoverable: bool
    playbook_anonymous_create: bool
    playbook_grace_seconds: int

    @property
    def key_ring(self) -> KeyRing:
        """The parsed ring; it was checked when the environment was read."""
        return parse_ring(self.keys.reveal())

    @property
    def is_embedded(self) -> bool:
        """Whether one process is the whole service: no Redis to share limits through."""
        return self.redis_url is None

    @property
    def is_https(self) -> bool:
        """Whether people reach the service over TLS."""
        return self.public_urls[0].startswith("https://")


def read_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Read every variable; the first one that cannot be used raises `BadSetting`.

    Makes the data directory, and in it the key ring of the embedded mode, when they are missing.
    """
    given = Variables(environ)
    bind = addresses.parse_bind(
        "KEYSERVICE_BIND", given.text("KEYSERVICE_BIND") or "127.0.0.1:8000"
    )
    public_urls = _public_urls(given, bind)
    redis_url = given.secret("REDIS_URL")
    workers = _workers(given, has_redis=redis_url is not None)
    data_dir = Path(given.text("KEYSERVICE_DATA_DIR") or "var").absolute()
    database = _database(given, data_dir, workers)
    return Environment(
        bind=bind,
        data_dir=data_dir,
        database=database,
        cache=stores.parse_cache("REDIS_URL", redis_url.reveal() if redis_url else None),
        redis_url=redis_url,
        public_urls=public_urls,
        allowed_hosts=_allowed_hosts(given, bind, public_urls),
        trusted_proxies=_trusted_proxies(given),
        root_key=_root_key(given),
        admin_password=given.secret("KEYSERVICE_ADMIN_PASSWORD"),
        workers=workers,
        log_level=given.choice("KEYSERVICE_LOG_LEVEL", default="INFO", among=LOG_LEVELS),
        debug=_debug(given, bind),
        fast_lane=given.switch("KEYSERVICE_FAST_LANE", default=True),
        clerk_recoverable=given.switch("KEYSERVICE_CLERK_RECOVERABLE", default=True),
        playbook_anonymous_create=given.switch(
            "KEYSERVICE_PLAYBOOK_ANONYMOUS_CREATE", default=False
        ),
        playbook_grace_seconds=given.number(
            "KEYSERVICE_PLAYBOOK_GRACE_SECONDS", default=86_400, lowest=0, highest=31_536_000
        ),
        # Last, because it writes to the disk, and nothing should when a setting is wrong.
        keys=_keys(given, data_dir, database),
    )


def _workers(given: Variables, *, has_redis: bool) -> int:
    name = "KEYSERVICE_WORKERS"
    workers = given.number(name, default=1, lowest=1, highest=WORKERS_MAX)
    if workers > 1 and not has_redis:
        raise BadSetting(
            name,
            "a second worker needs REDIS_URL, since limits are counted in one process without.",
        )
    return workers


def _database(given: Variables, data_dir: Path, workers: int) -> dict[str, Any]:
    # One more than there are threads: the jobs of the embedded mode use a connection too.
    pooled = given.switch("KEYSERVICE_DB_POOL", default=True)
    return stores.parse_database(
        "DATABASE_URL",
        given.text("DATABASE_URL"),
        data_dir=data_dir,
        pool_size=THREADS_PER_WORKER + 1 if pooled else 0,
    )


def _public_urls(given: Variables, bind: Bind) -> tuple[str, ...]:
    name = "KEYSERVICE_PUBLIC_URL"
    named = tuple(addresses.parse_origin(name, word) for word in given.words(name))
    return addresses.with_loopback_names(named or (bind.default_origin,))


def _allowed_hosts(given: Variables, bind: Bind, public_urls: tuple[str, ...]) -> tuple[str, ...]:
    name = "KEYSERVICE_ALLOWED_HOSTS"
    named = (addresses.parse_host(name, word) for word in given.words(name))
    reached = (addresses.host_of(url) for url in (*public_urls, bind.default_origin))
    # The loopback names are for health probes on the machine itself.
    return tuple(dict.fromkeys((*named, *reached, *addresses.LOOPBACK_NAMES)))


def _trusted_proxies(given: Variables) -> tuple[str, ...]:
    name = "KEYSERVICE_TRUSTED_PROXIES"
    try:
        return tuple(clean_network(word) for word in given.words(name))
    except ValueError as error:
        raise BadSetting(name, str(error)) from error


def _root_key(given: Variables) -> Secret | None:
    name = "KEYSERVICE_ROOT_KEY"
    key = given.secret(name)
    flaw = chosen_flaw(key.reveal()) if key else None
    if flaw:
        raise BadSetting(name, flaw)
    return key


def _debug(given: Variables, bind: Bind) -> bool:
    name = "KEYSERVICE_DEBUG"
    debug = given.switch(name, default=False)
    if debug and not bind.is_loopback:
        raise BadSetting(
            name, "shows internals to whoever can connect, so it needs a loopback address to bind."
        )
    return debug


def _keys(given: Variables, data_dir: Path, database: dict[str, Any]) -> Secret:
    name = "KEYSERVICE_KEYS"
    data_directory.prepare(data_dir)
    text = given.text(name)
    if text is None:
        if given.text("DATABASE_URL") is not None:
            raise BadSetting(
                name, "is required together with DATABASE_URL; keep it in your backups."
            )
        text = data_directory.ring_text(data_dir, database=Path(database["NAME"]))
        name = data_directory.NAME
    try:
        parse_ring(text)
    except (BadKey, WeakKey) as error:
        raise BadSetting(name, str(error)) from error
    return Secret(text)
