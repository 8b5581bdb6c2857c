"""Connections to Redis or Valkey, one a thread and node, without what a call need not cost.

Commands go out by redis-py's own connections, which bring TLS, passwords and hiredis; what is left
out is its pool and its retries: a script that may have run must not run again by itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import select
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from redis import Redis
from redis.cluster import RedisCluster
from redis.exceptions import AskError, ConnectionError, MovedError, RedisError, TimeoutError

from apikeys.limiters.base import LimiterDown
from apikeys.limiters.remote.breaker import Breaker

CONNECT_SECONDS = 0.25
CLUSTER_SCHEME = "redis+cluster://"


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and the name under which the server keeps it."""

    text: str
    sha: str

    @classmethod
    def named(cls, name: str) -> Script:
        text = (Path(__file__).parent / f"{name}.lua").read_text()
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Transport:
    """Sends commands to the node that holds a shard."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._url = url.replace(CLUSTER_SCHEME, "redis://", 1)
        self.is_cluster = url.startswith(CLUSTER_SCHEME)
        self._options: dict[str, Any] = {
            "protocol": 2,  # one shape of answers, whatever redis-py's default is
            "socket_timeout": timeout_seconds,
            "socket_connect_timeout": min(CONNECT_SECONDS, timeout_seconds),
        }
        self._threads = threading.local()
        self.breaker = Breaker()

    def script(
        self, tag: str, script: Script, keys: Sequence[Any], arguments: Sequence[Any]
    ) -> Any:
        """Run a script whose keys all carry the hash tag (on a cluster; else any)."""
        try:
            return self.call(tag, "EVALSHA", script.sha, len(keys), *keys, *arguments)
        except RedisError as error:
            if not str(error).startswith("NOSCRIPT") and "No matching script" not in str(error):
                raise
        return self.call(tag, "EVAL", script.text, len(keys), *keys, *arguments)

    def call(self, tag: str, *command: Any) -> Any:
        """One command to the node of a hash tag. Raises `LimiterDown`, or what the server says."""
        self.breaker.require_closed()
        try:
            answer = self._ask(tag, command)
        except (AskError, MovedError):
            self._learn_slots()
            answer = self._ask(tag, command)
        self.breaker.succeeded()
        return answer

    def run_id(self, tag: str) -> str:
        """Which run of the server the present connection leads to: another one, other memory."""
        connection = self._alive(tag)
        if connection is None:
            self.breaker.require_closed()
            connection = self._connected(tag)
            # It has answered. Were the breaker left open, the call that this one is made for would
            # have to wait for its turn to try, and so would every one after it.
            self.breaker.succeeded()
        return str(connection.run_id)

    def _ask(self, tag: str, command: tuple[Any, ...]) -> Any:
        connection = self._connected(tag)
        try:
            connection.send_packed_command(connection.pack_command(*command))
        except (ConnectionError, TimeoutError, OSError) as error:
            self._drop(tag)
            self.breaker.failed()
            raise LimiterDown(maybe_taken=True) from error
        try:
            return connection.read_response()
        except (ConnectionError, TimeoutError, OSError) as error:
            self._drop(tag)
            self.breaker.failed()
            raise LimiterDown(maybe_taken=True) from error

    def _connected(self, tag: str) -> Any:
        connection = self._alive(tag)
        if connection is not None:
            return connection
        name, pool = self._node(tag)
        try:
            connection = pool.make_connection()
            connection.connect()
            connection.send_command("INFO", "server")
            connection.run_id = _run_id(connection.read_response())
            connection.poller = _poller(connection)
        except (ConnectionError, TimeoutError, OSError) as error:
            self.breaker.failed()
            if self.is_cluster:
                self._learn_slots()
            raise LimiterDown from error
        self._kept()[name] = connection
        return connection

    def _alive(self, tag: str) -> Any:
        """The connection of this thread, if there is one and the server did not hang up."""
        kept, (name, _) = self._kept(), self._node(tag)
        connection = kept.get(name)
        if connection is not None and _was_closed(connection):
            del kept[name]
            return None
        return connection

    def _node(self, tag: str) -> tuple[str, Any]:
        if not self.is_cluster:
            return "", self._server.connection_pool
        node = self._cluster.get_node_from_key(f"{{{tag}}}")
        return node.name, node.redis_connection.connection_pool

    def _drop(self, tag: str) -> None:
        name, _ = self._node(tag)
        connection = self._kept().pop(name, None)
        if connection is not None:
            connection.disconnect()

    def _kept(self) -> dict[str, Any]:
        if not hasattr(self._threads, "kept"):
            self._threads.kept = {}
        kept: dict[str, Any] = self._threads.kept
        return kept

    def _learn_slots(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            self._cluster.nodes_manager.initialize()

    @cached_property
    def _server(self) -> Any:
        return Redis.from_url(self._url, **self._options)

    @cached_property
    def _cluster(self) -> Any:
        try:
            return RedisCluster.from_url(self._url, **self._options)
        except (RedisError, OSError) as error:
            self.breaker.failed()
            raise LimiterDown from error


def _was_closed(connection: Any) -> bool:
    """Whether the server hung up meanwhile: found out now, nothing was sent in vain."""
    return connection._sock is None or bool(connection.poller.poll(0))


def _poller(connection: Any) -> select.poll:
    # Between two calls nothing is to be read, so that anything readable is the end.
    poller = select.poll()
    poller.register(connection._sock.fileno(), select.POLLIN | select.POLLHUP)
    return poller


def _run_id(info: bytes) -> str:
    for line in info.decode().splitlines():
        if line.startswith("run_id:"):
            return line.removeprefix("run_id:").strip()
    return "unnamed"
