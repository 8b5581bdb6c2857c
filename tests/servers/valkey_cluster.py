"""Three nodes of Valkey that share the slots, as a cluster of somebody's deployment would."""

from __future__ import annotations

from typing import Any

from tests.servers.durable_valkey import DurableValkey, wait_until
from tests.service import free_port

NODES = 3
SLOTS = 16_384
NODE_TIMEOUT_MILLISECONDS = 2_000


class ValkeyCluster:
    """A running cluster without replicas; each node is a `DurableValkey` on a port of loopback."""

    def __init__(self) -> None:
        self._ports = [free_port() for _ in range(NODES)]
        self.nodes = [_node(port) for port in self._ports]
        for number, node in enumerate(self.nodes):
            with node.client() as client:
                self._introduce(client, number)
        wait_until(lambda: all(_agrees(node) for node in self.nodes))

    @property
    def url(self) -> str:
        """URL of the cluster, naming one node, as `REDIS_URL` takes it."""
        return f"redis+cluster://127.0.0.1:{self._ports[0]}"

    def stop(self) -> None:
        """Stop every node and remove the files."""
        for node in self.nodes:
            node.stop()

    def _introduce(self, client: Any, number: int) -> None:
        """Give the node its share of the slots, and let it meet the first one."""
        first, last = number * SLOTS // NODES, (number + 1) * SLOTS // NODES - 1
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        if number:
            with self.nodes[0].client() as other:
                bus = other.config_get("cluster-port")["cluster-port"]
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", self._ports[0], bus)


def _node(port: int) -> DurableValkey:
    return DurableValkey(
        f"redis://127.0.0.1:{port}/0",
        [
            *("--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"),
            # By default 10000 above the port, which may be past the last one there is.
            *("--cluster-port", str(free_port())),
            *("--cluster-node-timeout", str(NODE_TIMEOUT_MILLISECONDS)),
        ],
    )


def _agrees(node: DurableValkey) -> bool:
    with node.client() as client:
        info = client.execute_command("CLUSTER", "INFO")
    return b"cluster_state:ok" in info and b"cluster_known_nodes:%d" % NODES in info
