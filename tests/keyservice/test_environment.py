"""What the environment may say, and how nonsense in it is refused."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg import conninfo

from apikeys.domain.minting import mint
from keyservice.environment import Environment, read_environment
from keyservice.variables import BadSetting

Read = Callable[..., Environment]

KEYS = secrets.token_urlsafe(32)
SILENCE = ("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")
POSTGRESQL = "postgresql://user:pw-canary@db.example:5433/keys?sslmode=require"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read an environment that names nothing but a data directory and what is given."""

    def read_with(**variables: str) -> Environment:
        return read_environment({"KEYSERVICE_DATA_DIR": str(tmp_path / "var"), **variables})

    return read_with


def test_without_any_variable_the_service_is_embedded_on_loopback(read: Read) -> None:
    environment = read()

    assert str(environment.bind) == "127.0.0.1:8000"
    assert environment.database["ENGINE"] == "django.db.backends.sqlite3"
    assert environment.workers == 1
    assert environment.is_embedded
    assert not environment.debug
    assert not environment.is_https


REFUSED = [
    ("KEYSERVICE_BIND", "8000"),
    ("KEYSERVICE_BIND", "127.0.0.1"),
    ("KEYSERVICE_BIND", "127.0.0.1:0"),
    ("KEYSERVICE_BIND", "127.0.0.1:65536"),
    ("KEYSERVICE_BIND", "127.0.0.1:http"),
    ("KEYSERVICE_BIND", "keys.example.com:8000"),
    ("KEYSERVICE_BIND", "::1:8000"),
    ("KEYSERVICE_BIND", "300.0.0.1:8000"),
    ("DATABASE_URL", "mysql://user@host/name"),
    ("DATABASE_URL", "keys.sqlite3"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite://:memory:"),
    ("DATABASE_URL", "sqlite://relative.sqlite3"),
    ("DATABASE_URL", "postgresql://host"),
    ("DATABASE_URL", "postgresql://host:port/name"),
    ("DATABASE_URL", "postgresql://host:0/name"),
    ("DATABASE_URL", "postgresql://[::1/name"),
    ("REDIS_URL", "http://127.0.0.1:6379"),
    ("REDIS_URL", "127.0.0.1:6379"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "unix://"),
    ("REDIS_URL", "redis://host:port"),
    ("KEYSERVICE_PUBLIC_URL", "keys.example.com"),
    ("KEYSERVICE_PUBLIC_URL", "ftp://keys.example.com"),
    ("KEYSERVICE_PUBLIC_URL", "https://"),
    ("KEYSERVICE_PUBLIC_URL", "https://keys.example.com/path"),
    ("KEYSERVICE_PUBLIC_URL", "https://keys.example.com?query"),
    ("KEYSERVICE_PUBLIC_URL", "https://user@keys.example.com"),
    ("KEYSERVICE_PUBLIC_URL", "https://keys.example.com:99999"),
    ("KEYSERVICE_PUBLIC_URL", "https://kéys.example.com"),
    ("KEYSERVICE_PUBLIC_URL", "https://*.example.com"),
    ("KEYSERVICE_PUBLIC_URL", "https://good.example.com, nonsense"),
    ("KEYSERVICE_ROOT_KEY", "x" * 39),
    ("KEYSERVICE_ROOT_KEY", "x" * 513),
    ("KEYSERVICE_ROOT_KEY", "x" * 40 + "\x00"),
    ("KEYSERVICE_ROOT_KEY", "x" * 40 + "\ud800"),
    ("KEYSERVICE_ROOT_KEY", " " + "x" * 40),
    ("KEYSERVICE_ROOT_KEY", mint("ks", "live").reveal()[:-6] + "000000"),
    ("KEYSERVICE_WORKERS", "0"),
    ("KEYSERVICE_WORKERS", "two"),
    ("KEYSERVICE_WORKERS", "-1"),
    ("KEYSERVICE_WORKERS", "1.5"),
    ("KEYSERVICE_WORKERS", "٣"),
    ("KEYSERVICE_WORKERS", "1000"),
    ("KEYSERVICE_WORKERS", "2"),
    ("KEYSERVICE_TRUSTED_PROXIES", "10.0.0.1/8"),
    ("KEYSERVICE_TRUSTED_PROXIES", "proxy.example.com"),
    ("KEYSERVICE_TRUSTED_PROXIES", "10.0.0.0/8, *"),
    ("KEYSERVICE_KEYS", "short"),
    ("KEYSERVICE_KEYS", "a" * 43),
    ("KEYSERVICE_KEYS", f"{KEYS},{KEYS}"),
    ("KEYSERVICE_KEYS", ","),
    ("KEYSERVICE_ALLOWED_HOSTS", "*"),
    ("KEYSERVICE_ALLOWED_HOSTS", "https://keys.example.com"),
    ("KEYSERVICE_ALLOWED_HOSTS", "keys.example.com:8000"),
    ("KEYSERVICE_LOG_LEVEL", "loud"),
    ("KEYSERVICE_DEBUG", "maybe"),
    ("KEYSERVICE_DB_POOL", "5"),
]


# Some values are random, but parallel workers have to collect the same names.
@pytest.mark.parametrize(
    ("name", "value"), REFUSED, ids=[f"{name}-{n}" for n, (name, _) in enumerate(REFUSED)]
)
def test_nonsense_is_refused_in_one_line_that_names_the_variable(
    read: Read, name: str, value: str
) -> None:
    with pytest.raises(BadSetting) as refusal:
        read(**{name: value})

    sentence = str(refusal.value)
    assert sentence.startswith(f"{name}: ")
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:pw-canary@host/name"),
        ("DATABASE_URL", "postgresql://user:pw-canary#@host/name"),
        ("DATABASE_URL", "postgresql://user:pw-canary@host:0/name"),
        ("DATABASE_URL", "postgresql://user:pw-canary@[host/name"),
        ("REDIS_URL", "http://:pw-canary@host"),
        ("REDIS_URL", "redis://:pw-canary@"),
        ("KEYSERVICE_ROOT_KEY", "pw-canary"),
        ("KEYSERVICE_KEYS", "pw-canary"),
        ("KEYSERVICE_KEYS", "pw-canary!" * 5),
    ],
)
def test_a_refusal_never_repeats_a_secret(read: Read, name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        read(**{name: value})

    error: BaseException | None = refusal.value
    while error is not None:
        assert "pw-canary" not in str(error)
        error = error.__cause__


def test_nothing_secret_is_in_the_repr(read: Read) -> None:
    root_key = f"pw-canary-{secrets.token_urlsafe(40)}"

    environment = read(
        DATABASE_URL=POSTGRESQL,
        REDIS_URL="redis://:pw-canary@127.0.0.1",
        KEYSERVICE_KEYS=KEYS,
        KEYSERVICE_ROOT_KEY=root_key,
        KEYSERVICE_ADMIN_PASSWORD="pw-canary",
    )

    assert "pw-canary" not in repr(environment)
    assert KEYS not in repr(environment)


def test_a_refused_setting_leaves_nothing_on_the_disk(read: Read, tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        read(KEYSERVICE_WORKERS="none")

    assert list(tmp_path.iterdir()) == []


def test_an_empty_variable_counts_as_unset(read: Read) -> None:
    environment = read(KEYSERVICE_WORKERS="", KEYSERVICE_ROOT_KEY="", REDIS_URL="")

    assert environment.workers == 1
    assert environment.root_key is None
    assert environment.redis_url is None


@pytest.mark.parametrize(
    ("text", "host", "origin"),
    [
        ("127.0.0.1:8000", "127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost:8000", "127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0:80", "0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104  (only parsed)
        ("[::1]:8000", "::1", "http://127.0.0.1:8000"),
        ("192.0.2.7:8000", "192.0.2.7", "http://192.0.2.7:8000"),
        ("[2001:db8::7]:8000", "2001:db8::7", "http://[2001:db8::7]:8000"),
    ],
)
def test_the_public_url_follows_the_bind(read: Read, text: str, host: str, origin: str) -> None:
    environment = read(KEYSERVICE_BIND=text)

    assert environment.bind.host == host
    assert environment.public_urls[0] == origin


def test_loopback_names_count_as_one_another(read: Read) -> None:
    environment = read(KEYSERVICE_PUBLIC_URL="http://localhost:9000")

    assert environment.public_urls == (
        "http://localhost:9000",
        "http://127.0.0.1:9000",
        "http://[::1]:9000",
    )


def test_public_urls_are_canonical_and_the_first_one_decides_about_https(read: Read) -> None:
    environment = read(
        KEYSERVICE_PUBLIC_URL="https://Keys.Example.com:443/, http://intern.example:80"
    )

    assert environment.public_urls == ("https://keys.example.com", "http://intern.example")
    assert environment.is_https


def test_hosts_are_those_of_the_public_urls_the_bind_and_the_named_ones(read: Read) -> None:
    environment = read(
        KEYSERVICE_BIND="192.0.2.7:8000",
        KEYSERVICE_PUBLIC_URL="https://keys.example.com",
        KEYSERVICE_ALLOWED_HOSTS=".intern.example, [2001:DB8::7]",
    )

    named = {".intern.example", "[2001:db8::7]"}
    loopback = {"127.0.0.1", "localhost", "[::1]"}
    assert set(environment.allowed_hosts) == named | {"keys.example.com", "192.0.2.7"} | loopback


@pytest.mark.parametrize("url", ["redis://h", "rediss://h:1/2", "unix:///s", "redis+cluster://h:1"])
def test_with_redis_there_may_be_several_workers(read: Read, url: str) -> None:
    environment = read(REDIS_URL=url, KEYSERVICE_WORKERS="8")

    assert environment.workers == 8
    assert not environment.is_embedded


def test_a_cluster_gets_a_cache_that_knows_slots(read: Read) -> None:
    cache = read(REDIS_URL="redis+cluster://:a,b@host:7000").cache

    assert cache["BACKEND"] == "keyservice.redis_cache.ClusterCache"
    assert cache["LOCATION"] == ["redis://:a,b@host:7000"]


def test_networks_of_proxies_become_canonical(read: Read) -> None:
    environment = read(KEYSERVICE_TRUSTED_PROXIES="10.0.0.0/8,2001:DB8::/32")

    assert environment.trusted_proxies == ("10.0.0.0/8", "2001:db8::/32")


def test_a_postgresql_url_becomes_a_pooled_database(read: Read) -> None:
    database = read(DATABASE_URL=POSTGRESQL, KEYSERVICE_KEYS=KEYS).database

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 5433, "keys")
    assert database["PASSWORD"] == "pw-canary"
    assert database["CONN_MAX_AGE"] == 0
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] > 1


def test_the_pool_can_be_left_out(read: Read) -> None:
    database = read(
        DATABASE_URL=POSTGRESQL, KEYSERVICE_KEYS=KEYS, KEYSERVICE_DB_POOL="off"
    ).database

    assert "pool" not in database["OPTIONS"]


def test_a_database_that_falls_silent_is_given_up_sooner_than_the_kernel_would(read: Read) -> None:
    silent = read(DATABASE_URL=POSTGRESQL, KEYSERVICE_KEYS=KEYS).database["OPTIONS"]
    assert conninfo.make_conninfo("", **{name: silent[name] for name in SILENCE})
    patient = f"{POSTGRESQL}&tcp_user_timeout=60000"
    options = read(DATABASE_URL=patient, KEYSERVICE_KEYS=KEYS).database["OPTIONS"]
    assert int(options["tcp_user_timeout"]) == 60_000


def test_sqlite_waits_for_its_lock_and_loses_no_commit(read: Read) -> None:
    options = read().database["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "synchronous=FULL" in options["init_command"]
    assert "journal_mode=WAL" in options["init_command"]


def test_keys_are_required_as_soon_as_there_is_a_database_url(read: Read, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"\AKEYSERVICE_KEYS: is required"):
        read(DATABASE_URL=f"sqlite:///{tmp_path}/mine.sqlite3")


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "192.0.2.7:8000"])
def test_debug_is_refused_where_others_can_connect(read: Read, bind: str) -> None:
    with pytest.raises(BadSetting, match=r"\AKEYSERVICE_DEBUG: "):
        read(KEYSERVICE_BIND=bind, KEYSERVICE_DEBUG="on")


def test_debug_can_be_switched_on_for_loopback(read: Read) -> None:
    assert read(KEYSERVICE_DEBUG="True").debug
