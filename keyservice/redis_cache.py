"""Django's Redis cache, without pickle and also on a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from redis.cluster import RedisCluster


class JSONSerializer:
    """Keeps values as JSON: whoever can write to Redis must not get to run code here."""

    def dumps(self, value: object) -> int | bytes:
        """Whole numbers stay as they are, so that Redis can count with them."""
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)


class ClusterCacheClient(RedisCacheClient):
    """Finds the node of each key by its slot; Django's own client knows only single servers."""

    def __init__(self, servers: list[str], serializer: str, **options: Any) -> None:
        super().__init__(servers, serializer, **options)
        self._url = servers[0]
        self._options = options
        self._codec = import_string(serializer)()

    @cached_property
    def _cluster(self) -> Any:
        # On first use, because it asks the servers for their slots.
        return RedisCluster.from_url(self._url, **self._options)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self._cluster

    def set_many(self, data: Mapping[Any, Any], timeout: Any) -> None:
        for name, value in data.items():
            self.set(name, value, timeout)

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        # A plain MGET fails when its keys live in different slots.
        names = list(keys)
        found = zip(names, self._cluster.mget_nonatomic(names), strict=True)
        return {name: self._codec.loads(value) for name, value in found if value is not None}


class ClusterCache(RedisCache):
    """The cache for `redis+cluster://`."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ClusterCacheClient
