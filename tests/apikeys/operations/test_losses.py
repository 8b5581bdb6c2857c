"""Whatever Redis forgets, or remembers as it was before, no hard quota is exceeded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from apikeys.domain.presentation import Presentation
from apikeys.domain.secret import Secret
from apikeys.limiters.base import LimiterDown, shard_of
from apikeys.limiters.remote.limiter import SHARDS, RedisLimiter
from apikeys.limiters.remote.wire import order, rank
from apikeys.models import ClosingLot, KeySecret, LedgerEntry, Stream, UsageTotals
from apikeys.operations.epochs import attend
from apikeys.operations.flushing import TESTIMONY, flush
from apikeys.operations.limiting import install, limiter
from apikeys.operations.reaching import utc_now
from apikeys.operations.reconciling import IDLE, reconcile
from apikeys.operations.records import records
from apikeys.operations.upkeep import run_forever
from apikeys.operations.verify import client_secret_digests, verify, verify_for
from tests.factories import minted

pytestmark = pytest.mark.django_db(transaction=True)

USES = 200
RECONNECTS = 120  # more than a pool of redis-py would make
Memory = dict[Any, Any]  # as redis-py gives it


@pytest.fixture
def server(valkey_url: str) -> Generator[Redis, None, None]:
    """A client of the Redis in which this process counts from now on."""
    client = Redis.from_url(valkey_url)
    client.flushall()
    serve(valkey_url)
    yield client
    install(None)
    records.clear()
    client.flushall()
    client.close()


@pytest.fixture
def secret(server: Redis) -> str:
    """Of a key with so many uses."""
    return minted(max_uses=USES)[1]


@pytest.fixture
def elsewhere(secret: str) -> str:
    """Of a key in another shard."""
    found = minted()[1]
    while shard_of_secret(found) == shard_of_secret(secret):
        found = minted()[1]
    return found


def test_after_a_restart_that_lost_nothing_all_units_can_be_spent(
    server: Redis, secret: str
) -> None:
    passed = spend(secret, 50)
    end_epochs(server)
    passed += spend(secret, 50)
    flushed_and_reconciled()
    assert passed + spend(secret) == USES


def test_a_balance_that_a_restart_brought_back_is_void(server: Redis, secret: str) -> None:
    passed = spend(secret, 24)  # a little into the third lease
    before = memory_of(server)
    passed += spend(secret, 9)
    restore(server, before)
    assert passed + spend(secret) <= USES


def test_units_of_events_that_a_restart_lost_do_not_come_back(server: Redis, secret: str) -> None:
    passed = spend(secret, 30)
    before = memory_of(server)
    passed += spend(secret, 20)
    restore(server, before)
    passed += spend(secret, 1)
    for _ in range(3):
        flushed_and_reconciled()
    assert Stream.objects.filter(lossy=True).exists()
    assert passed + spend(secret) <= USES


def test_units_that_are_written_off_stay_so(server: Redis, secret: str) -> None:
    passed = spend(secret, 30)
    server.flushall()
    passed += spend(secret, 1)
    for _ in range(3):
        flushed_and_reconciled()
        passed += spend(secret, 1)
    assert passed + spend(secret) <= USES
    flushed_and_reconciled()
    [entry] = LedgerEntry.objects.all()
    assert (entry.leased, entry.settled) == (USES, USES)


def test_when_nobody_is_left_who_saw_what_was_written_nothing_comes_back(
    server: Redis, secret: str, valkey_url: str
) -> None:
    attend()  # as each process does: the streams of all shards begin
    passed = spend(secret, 30)
    before = memory_of(server)
    passed += spend(secret, 20)
    restore(server, before)
    serve(valkey_url)
    passed += spend(secret, 1)
    for _ in range(3):
        flushed_and_reconciled()
    assert passed + spend(secret) <= USES


def test_the_worker_sees_how_far_streams_are_written(
    server: Redis, secret: str, valkey_url: str
) -> None:
    spend(secret, 2)
    [stream] = Stream.objects.filter(shard=shard_of_secret(secret))
    serve(valkey_url)
    run_forever(Rounds(2))
    seen = limiter().witness(stream.shard_id, stream.epoch)
    assert seen == limiter().last(stream.shard_id, stream.epoch) != "0-0"


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("", "0-0"),
        ("0-0", "1763700000000-0"),
        ("1763700000000-9", "1763700000000-10"),
        ("1763700000000-10", "1763700000001-0"),
        ("1763700000009-999", "1763700000010-1"),
    ],
)
def test_positions_are_in_the_order_in_which_they_were_written(earlier: str, later: str) -> None:
    assert rank(earlier) < rank(later)
    assert order(earlier) <= order(later)


def test_connections_that_break_again_and_again_are_replaced(server: Redis, secret: str) -> None:
    for _ in range(RECONNECTS):
        server.client_kill_filter(_type="normal", skipme=True)
        assert spend(secret, 1) == 1
    assert len(server.client_list()) == 2


def test_a_server_that_hung_is_used_again_at_the_first_try(server: Redis, valkey_url: str) -> None:
    install(RedisLimiter(valkey_url, timeout_seconds=0.1))
    limited = minted(requests_per_second=1_000)[1]
    server.client_pause(500, all=True)
    assert [spend(limited, 1) for _ in range(5)] == [0] * 5
    time.sleep(1)
    assert spend(limited, 1) == 1


def test_a_caller_is_counted_once_though_the_key_is_in_a_lost_epoch(
    server: Redis, secret: str, elsewhere: str
) -> None:
    asked = Presentation(Secret(elsewhere)), Presentation(Secret(secret))
    assert all(verdict.valid for verdict in verify_for("facts", lambda: asked))
    server.delete(f"ks:{{{shard_of_secret(secret)}}}:epoch")
    assert all(verdict.valid for verdict in verify_for("facts", lambda: asked))
    flush()
    key = KeySecret.objects.get(digest__in=client_secret_digests(Secret(elsewhere))).key
    assert UsageTotals.objects.get(key=key).total_requests == 2


def test_another_run_of_the_server_is_noticed_for_the_key_of_a_caller_too(
    server: Redis, secret: str, elsewhere: str
) -> None:
    """Of two shards, one of which has been agreed upon anew, the other still has its old name."""
    asked = Presentation(Secret(elsewhere)), Presentation(Secret(secret))
    shard, before = shard_of_secret(secret), "another-run.0123456789ab"
    server.set(f"ks:{{{shard}}}:epoch", before)
    limiter().adopt(shard, before)
    records.clear()
    assert all(verdict.valid for verdict in verify_for("facts", lambda: asked))
    assert limiter().epochs()[shard] != before


def test_a_node_that_is_down_holds_up_no_other(
    secret: str, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = min(shard_of_secret(secret), shard_of_secret(elsewhere))  # the first to be read
    assert (spend(secret, 5), spend(elsewhere, 5)) == (5, 5)
    with monkeypatch.context() as broken:
        for name in ("read", "attend"):
            broken.setattr(limiter(), name, but_for(down, getattr(limiter(), name)))
        with pytest.raises(LimiterDown):
            flush()
        with pytest.raises(LimiterDown):
            attend()
    used = UsageTotals.objects.filter(total_requests__gt=0).values_list("total_requests", flat=True)
    assert list(used) == [5]
    flush()
    assert list(used.all()) == [5, 5]


def test_a_worker_that_never_met_the_server_leaves_what_it_cannot_close(secret: str) -> None:
    spend(secret, 1)
    install(RedisLimiter("redis://127.0.0.1:1"))
    later = utc_now() + 2 * IDLE
    assert reconcile(later) == 0
    assert not ClosingLot.objects.exists()


class Rounds(threading.Event):
    """Set after so many waits."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self._left = left

    def wait(self, timeout: float | None = None) -> bool:
        self._left -= 1
        if self._left <= 0:
            self.set()
        return self.is_set()


def but_for(shard: int, ask: Callable[..., Any]) -> Callable[..., Any]:
    def answer(asked: int, *rest: Any) -> Any:
        if asked == shard:
            raise LimiterDown
        return ask(asked, *rest)

    return answer


def serve(url: str) -> None:
    """Begin anew, as a process does."""
    install(RedisLimiter(url))
    records.clear()


def shard_of_secret(secret: str) -> int:
    found = KeySecret.objects.get(digest__in=client_secret_digests(Secret(secret)))
    return shard_of(found.key.public_id, SHARDS)


def spend(secret: str, calls: int = 2 * USES) -> int:
    """Verify so many times or until that is refused; how often it was valid."""
    for done in range(calls):
        if not verify(Presentation(Secret(secret))).valid:
            return done
    return calls


def memory_of(server: Redis) -> Memory:
    return {name: server.dump(name) for name in server.keys("*")}


def restore(server: Redis, memory: Memory) -> None:
    """What a server does that lost the tail of its file: it is as it was, but another run."""
    server.flushall()
    for name, value in memory.items():
        server.restore(name, 0, value)
    end_epochs(server)


def end_epochs(server: Redis) -> None:
    """What a restart does to epochs: those that are stored name another run of the server."""
    for shard in range(SHARDS):
        server.set(f"ks:{{{shard}}}:epoch", "of another run")


def flushed_and_reconciled() -> int:
    """What the worker does a while after; how many units came back."""
    later = utc_now() + 2 * TESTIMONY
    flush(later)
    returned = reconcile(later, idle=timedelta(0))
    flush(later)
    return returned + reconcile(later, idle=timedelta(0))
