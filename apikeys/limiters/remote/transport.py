"""Connections to Redis or Valkey, one a thread and node, without what a call need not cost.

Commands go out by redis-py's own connections, which bring TLS, passwords and hiredis; what is left
out is its pool and its retries: a script that may have run must not run again by itself.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import struct
import threading
from collections import defaultdict
from functools import cached_property
from typing import Any

from hiredis import pack_command
from redis import Redis
from redis.cluster import RedisCluster
from redis.exceptions import BusyLoadingError, MovedError, RedisError, ResponseError

from apikeys.limiters.base import EpochLost, LimiterDown
from apikeys.limiters.remote.breaker import Breaker
from apikeys.limiters.remote.scripts import Call

CONNECT_SECONDS = 0.25
CLUSTER_SCHEME = "redis+cluster://"
# With these a server says that it did not do, and for now will not do, what it was asked.
_BUSY = (
    *("ASK", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "OOM", "MISCONF", "NOREPLICAS"),
    "BUSY",
)


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
        self._breakers: dict[str, Breaker] = defaultdict(Breaker)

    def send(self, tag: str, call: Call, *, run: str = "") -> Any:
        """Run a script whose keys all carry the hash tag (on a cluster; else any), in that `run` of
        the server alone: `EpochLost` if it is another one by now.
        """
        try:
            return self._deliver(tag, call.packed, run)
        except RedisError as error:
            if not str(error).startswith("NOSCRIPT") and "No matching script" not in str(error):
                raise
        return self._deliver(tag, call.in_full(), run)

    def call(self, tag: str, *command: Any, run: str = "") -> Any:
        """One command to the node of a hash tag. Raises `LimiterDown`, or what the server says."""
        return self._deliver(tag, pack_command(command), run)

    def _deliver(self, tag: str, packed: bytes, run: str) -> Any:
        try:
            return self._ask(tag, packed, run)
        except MovedError:
            self._learn_slots()
        try:
            return self._ask(tag, packed, run)
        except MovedError as error:
            raise LimiterDown from error

    def run_id(self, tag: str) -> str:
        """Which run of the server the present connection leads to: another one, other memory."""
        name, pool = self._node(tag)
        connection = self._open_connection(name)
        if connection is None:
            # Only who really asks the server uses up the one try of an open breaker.
            self._breakers[name].require_closed()
            connection = self._connected(name, pool)
        return str(connection.run_id)

    def _ask(self, tag: str, packed: bytes, run: str) -> Any:
        name, pool = self._node(tag)
        breaker = self._breakers[name]
        breaker.require_closed()
        connection = self._connected(name, pool)
        if run and connection.run_id != run:
            raise EpochLost(int(tag))
        try:
            connection.send_packed_command([packed])
            answer = connection.read_response()
        except BaseException as error:
            _refused(error, connection, breaker)
            raise
        breaker.succeeded()
        return answer

    def _connected(self, name: str, pool: Any) -> Any:
        connection = self._open_connection(name)
        if connection is not None:
            return connection
        # Not by the pool, which would count it against its most for ever.
        connection = pool.connection_class(**pool.connection_kwargs)
        try:
            connection.connect()
            connection.send_command("INFO", "server")
            connection.run_id = _run_id(connection.read_response())
            connection.poller = _poller(connection)
            _let_the_kernel_wait(connection._sock)
        except (RedisError, OSError) as error:
            connection.disconnect()
            self._breakers[name].failed()
            if self.is_cluster:
                self._learn_slots()
            raise LimiterDown from error
        self._breakers[name].succeeded()
        self._kept()[name] = connection
        return connection

    def _open_connection(self, name: str) -> Any:
        connection = self._kept().get(name)
        if connection is not None and _was_closed(connection):
            self._kept().pop(name).disconnect()
            return None
        return connection

    def _node(self, tag: str) -> tuple[str, Any]:
        if not self.is_cluster:
            return "", self._server.connection_pool
        node = self._cluster.get_node_from_key(f"{{{tag}}}")
        return node.name, self._cluster.get_redis_connection(node).connection_pool

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
        breaker = self._breakers[""]
        breaker.require_closed()
        try:
            return RedisCluster.from_url(self._url, **self._options)
        except (RedisError, OSError) as error:
            breaker.failed()
            raise LimiterDown from error


def _refused(error: BaseException, connection: Any, breaker: Breaker) -> None:
    """Turn what went wrong with a command into `LimiterDown`, unless the server rejected it."""
    if isinstance(error, ResponseError):
        # The server lives, and says that it does nothing now.
        if error.status_code in _BUSY or str(error).startswith(_BUSY):
            raise LimiterDown from error
        return
    # An answer that comes later must not be taken for that to another command.
    connection.disconnect()
    if isinstance(error, RedisError | OSError):
        breaker.failed()
        raise LimiterDown(maybe_taken=not isinstance(error, BusyLoadingError)) from error


def _let_the_kernel_wait(sock: socket.socket) -> None:
    """Python waits with a system call of its own before each of the socket's.

    Not on TLS, whose reader would take a timeout of the kernel's for a reason to read again; nor
    where the socket does not block at all, as gevent makes them.
    """
    seconds = sock.gettimeout()
    if seconds is None or isinstance(sock, ssl.SSLSocket):
        return
    whole, part = divmod(round(seconds * 1_000_000), 1_000_000)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", whole, part))
    sock.settimeout(None)
    if not os.get_blocking(sock.fileno()):
        sock.settimeout(seconds)


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
