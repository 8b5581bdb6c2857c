"""The servers that tests kill, freeze and rob lose exactly what they are meant to lose."""

from __future__ import annotations

import time
from collections.abc import Generator

import psycopg
import pytest
import redis

from tests.servers.durable_postgres import DurablePostgres
from tests.servers.durable_valkey import DurableValkey
from tests.servers.processes import descendants, lives
from tests.servers.valkey_cluster import NODES, ValkeyCluster

SHORT_SECONDS = 0.2


@pytest.fixture(scope="module")
def postgres() -> Generator[DurablePostgres, None, None]:
    server = DurablePostgres()
    yield server
    server.stop()


@pytest.fixture
def valkey() -> Generator[DurableValkey, None, None]:
    server = DurableValkey()
    yield server
    server.stop()


def test_a_killed_valkey_keeps_everything_that_it_answered(valkey: DurableValkey) -> None:
    for number in range(3):
        with valkey.client() as client:
            client.set(f"name-{number}", number)
        valkey.kill()
        valkey.restart()
    with valkey.client() as client:
        assert sorted(client.keys()) == [b"name-0", b"name-1", b"name-2"]


def test_a_flushed_valkey_knows_nothing(valkey: DurableValkey) -> None:
    with valkey.client() as client:
        client.set("name", "value")
        valkey.flush()
        assert client.dbsize() == 0


def test_a_valkey_loses_the_bytes_that_are_cut_off_and_no_more(valkey: DurableValkey) -> None:
    with valkey.client() as client:
        client.set("kept", "value")
        client.set("lost", "value")
    valkey.kill()
    assert valkey.cut_bytes(5) == 5
    valkey.restart()
    with valkey.client() as client:
        assert client.keys() == [b"kept"]


def test_a_valkey_loses_its_last_seconds_and_no_more(valkey: DurableValkey) -> None:
    with valkey.client() as client:
        client.set("kept", "value")
        time.sleep(2.1)
        client.set("lost", "value")
        time.sleep(1.1)
        client.set("lost too", "value")
    valkey.kill()
    assert valkey.cut_seconds(2) > 0
    valkey.restart()
    with valkey.client() as client:
        assert client.keys() == [b"kept"]


def test_a_frozen_valkey_answers_nobody_until_it_goes_on(valkey: DurableValkey) -> None:
    with redis.Redis.from_url(valkey.url, socket_timeout=SHORT_SECONDS) as client:
        client.ping()
        valkey.freeze()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        valkey.thaw()
        assert client.ping()


def test_a_cluster_holds_every_slot_and_its_nodes_come_back() -> None:
    cluster = ValkeyCluster()
    try:
        url = cluster.url.replace("redis+cluster", "redis")
        with redis.RedisCluster.from_url(url) as client:
            for number in range(30):
                client.set(f"name-{number}", number)
            cluster.nodes[1].kill()
            cluster.nodes[1].restart()
            assert [client.get(f"name-{n}") for n in range(30)] == [b"%d" % n for n in range(30)]
        sizes = []
        for node in cluster.nodes:
            with node.client() as alone:
                sizes.append(alone.dbsize())
        assert len(sizes) == NODES
        assert min(sizes) > 0
    finally:
        cluster.stop()


def test_a_killed_postgresql_keeps_what_was_committed(postgres: DurablePostgres) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE noted (number integer)")
        for number in range(3):
            connection.execute("INSERT INTO noted VALUES (%s)", [number])
        pid = connection.info.backend_pid
        postgres.kill()
        assert not lives(pid)
        assert not descendants(pid)
    postgres.restart()
    with psycopg.connect(postgres.url()) as connection:
        assert connection.execute("SELECT count(*) FROM noted").fetchone() == (3,)


def test_a_frozen_postgresql_answers_nobody_until_it_goes_on(postgres: DurablePostgres) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        postgres.freeze()
        began_at = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(postgres.url(), connect_timeout=2)
        assert time.monotonic() - began_at > 1
        postgres.thaw()
        assert connection.execute("SELECT 1").fetchone() == (1,)
