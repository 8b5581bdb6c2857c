"""The limiter for many workers: state, versions and events in Redis or Valkey, also on a cluster.

Everything of one shard carries the hash tag of its number, so that a script finds it on one node.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from redis.exceptions import ResponseError

from apikeys.domain.limits import micros
from apikeys.domain.metering import Grant
from apikeys.domain.usage import Attempt
from apikeys.domain.verdict import Outcome
from apikeys.limiters.base import (
    BIRTHS,
    JOURNAL,
    KEY,
    Emptied,
    Entry,
    EpochLost,
    LimiterDown,
    Request,
    Step,
    Subject,
    Taken,
    shard_of,
)
from apikeys.limiters.remote.names import Names
from apikeys.limiters.remote.scripts import Call, Script
from apikeys.limiters.remote.transport import Transport
from apikeys.limiters.remote.wire import entry_of, levels_of, limits_as_json, order, rank

SHARDS = 16
_TAKE, _GRANT, _EMPTY, _NOTE, _PUBLISH, _RELEASE = (
    Script.named(name) for name in ("take", "grant", "empty", "note", "publish", "release")
)
_STEPS = {step.value.encode(): step for step in Step if step is not Step.DONE}
_OUTCOMES = {outcome.value.encode(): outcome for outcome in Outcome}


class RedisLimiter:
    """See `limiters.base.Limiter`."""

    shards = SHARDS
    shared = True
    keeps_records = True
    has_streams = True

    def __init__(self, url: str, *, timeout_seconds: float = 0.5, prefix: str = "ks") -> None:
        self.transport = Transport(url, timeout_seconds=timeout_seconds)
        self._names = Names(prefix)
        self._epochs: dict[int, str] = {}
        self._seen: dict[str, str] = {}
        self._lock = threading.Lock()

    def epoch(self, shard: int) -> str:
        believed = self._epochs.get(shard, "")
        if not believed or not believed.startswith(self.transport.run_id(str(shard))):
            raise EpochLost(shard)
        return believed

    def epochs(self) -> Mapping[int, str]:
        return dict(self._epochs)

    def take(self, requests: Sequence[Request], now: datetime | None = None) -> list[Taken]:
        if self.transport.is_cluster and len({it.subject.shard for it in requests}) > 1:
            return self._one_by_one(requests, now)
        # What was read in an earlier epoch may have missed a change: it is read again.
        current = [it for it in requests if it.subject.epoch == self._believed(it.subject.shard)]
        if not current or current[0] is not requests[0]:
            return [Taken(Step.STALE)]
        tag = str(requests[0].subject.shard)
        run = _run(current[0].subject.epoch)
        if any(_run(it.subject.epoch) != run for it in current):  # one is of a server that is gone
            for it in current:
                self.epoch(it.subject.shard)
        replies = self.transport.send(tag, self._call(requests, current, now), run=run)
        done: list[Taken] = []
        try:
            for request, reply in zip(current, replies, strict=False):
                done.append(self._read(request, reply))
        except EpochLost as lost:
            _leave_the_rest(done, lost)
        if len(current) < len(requests) and done[-1].outcome is Outcome.VALID:
            done.append(Taken(Step.STALE))
        return done

    def _believed(self, shard: int) -> str:
        epoch = self._epochs.get(shard)
        if epoch is None:
            raise EpochLost(shard)
        return epoch

    def note(self, attempt: Attempt, outcome: Outcome) -> int:
        epoch = self.epoch(0)
        keys = [
            self._names.epoch(0),
            self._names.version(0, BIRTHS, ""),
            self._names.stream(0, epoch),
        ]
        arguments = [epoch, attempt.encoded(), outcome]
        version = self.transport.send("0", Call(_NOTE, keys, arguments), run=_run(epoch))
        if version is None:
            self._lose(0)
        return int(version)

    def grant(self, subject: Subject, grants: Sequence[Grant]) -> bool:
        arguments: list[Any] = [subject.epoch, subject.version, subject.tenant_version, ""]
        for it in grants:
            arguments += [it.kind, it.units, it.lot, it.start_us, it.until_us, it.rest]
            arguments += [it.asked_us, it.limit]
        keys, tag, run = self._names.keys(subject)[:4], str(subject.shard), _run(subject.epoch)
        return bool(self.transport.send(tag, Call(_GRANT, keys, arguments), run=run))

    def empty(self, subject_id: str, closing: Sequence[str] = ()) -> Emptied:
        shard = shard_of(subject_id, SHARDS)
        epoch = self.epoch(shard)
        state = self._names.state(shard, subject_id)
        keys = [self._names.epoch(shard), state, self._names.stream(shard, epoch)]
        reply = self.transport.send(
            str(shard), Call(_EMPTY, keys, [epoch, *closing]), run=_run(epoch)
        )
        if reply is None:
            self._lose(shard)
        mark, *given = reply
        triples = zip(given[::3], given[1::3], given[2::3], strict=True)
        balances = tuple((kind.decode(), lot.decode(), int(n)) for kind, lot, n in triples)
        return Emptied(balances, mark.decode())

    def has_closed(self, subject_id: str, lots: Collection[str]) -> bool:
        shard = shard_of(subject_id, SHARDS)
        closed = self.transport.call(str(shard), "HGET", self._names.state(shard, subject_id), "c")
        return any(lot.encode() in (closed or b"") for lot in lots)

    def release(self, subject_id: str, lease_id: str) -> bool:
        shard = shard_of(subject_id, SHARDS)
        name = self._names.leases(shard, subject_id)
        return bool(self.transport.send(str(shard), Call(_RELEASE, [name], [lease_id])))

    def publish(self, kind: str, subject_id: str, version: int) -> None:
        if kind == BIRTHS:  # counted, since they may be published in another order than numbered
            self.transport.call("0", "INCR", self._names.version(0, BIRTHS, ""))
            return
        own = [shard_of(subject_id, SHARDS)] if kind == KEY else range(SHARDS)
        for shard in own:
            name = self._names.version(shard, kind, subject_id)
            self.transport.send(str(shard), Call(_PUBLISH, [name], [version]))

    def current_epoch(self, shard: int) -> str:
        stored = self.transport.call(str(shard), "GET", self._names.epoch(shard))
        epoch = stored.decode() if stored else ""
        return epoch if epoch.startswith(self.transport.run_id(str(shard))) else ""

    def begin_epoch(self, shard: int) -> str:
        epoch = f"{self.transport.run_id(str(shard))}.{secrets.token_hex(6)}"
        # From now on a stream that is not there is a lost one, and not one without events.
        stream = self._names.stream(shard, epoch)
        self.transport.call(str(shard), "XADD", stream, "MAXLEN", 0, "*", "e", "")
        self.transport.call(str(shard), "SET", self._names.epoch(shard), epoch)
        return epoch

    def adopt(self, shard: int, epoch: str) -> None:
        self._epochs[shard] = epoch
        self._saw(epoch, "0-0")  # that it began; whoever lives on attends to what comes then

    def reads(self, epoch: str) -> bool:
        return not epoch.startswith(JOURNAL)

    def read(self, shard: int, epoch: str, after: str, count: int) -> list[Entry]:
        start = f"({after}" if after else "-"
        name = self._names.stream(shard, epoch)
        found = self.transport.call(str(shard), "XRANGE", name, start, "+", "COUNT", count)
        return [entry_of(position, fields) for position, fields in found]

    def is_behind(self, position: str, mark: str) -> bool:
        return order(position) < order(mark)

    def forget(self, shard: int, epoch: str, upto: str, *, drained: bool) -> None:
        name = self._names.stream(shard, epoch)
        if drained:
            self.transport.call(str(shard), "UNLINK", name)
        elif upto:
            ms, _, number = upto.partition("-")
            self.transport.call(str(shard), "XTRIM", name, "MINID", f"{ms}-{int(number) + 1}")

    def last(self, shard: int, epoch: str) -> str | None:
        return self._last(shard, epoch)

    def attend(self, shard: int) -> None:
        epoch = self.epoch(shard)
        if self.current_epoch(shard) != epoch:
            raise EpochLost(shard)
        self._saw(epoch, self._last(shard, epoch, run=_run(epoch)) or "0-0")

    def _last(self, shard: int, epoch: str, *, run: str = "") -> str | None:
        name = self._names.stream(shard, epoch)
        try:
            described = self.transport.call(str(shard), "XINFO", "STREAM", name, run=run)
        except ResponseError:  # there is no such stream
            return None
        values = dict(zip(described[::2], described[1::2], strict=True))
        return str(values[b"last-generated-id"].decode())

    def witness(self, shard: int, epoch: str) -> str:
        return self._seen.get(epoch, "")

    def backlog(self, shard: int) -> int:
        name = self._names.stream(shard, self.epoch(shard))
        return int(self.transport.call(str(shard), "XLEN", name))

    def _one_by_one(self, requests: Sequence[Request], now: datetime | None) -> list[Taken]:
        """On a cluster a script reaches one node only."""
        done: list[Taken] = []
        for request in requests:
            try:
                done += self.take([request], now)
            except (EpochLost, LimiterDown) as problem:
                _leave_the_rest(done, problem)
            if done[-1].outcome is not Outcome.VALID:
                break
        return done

    def _call(
        self, requests: Sequence[Request], current: Sequence[Request], now: datetime | None
    ) -> Call:
        """The script with all of its arguments; kept for who asks with the same tuple again."""
        repeats = isinstance(requests, tuple) and len(current) == len(requests) and now is None
        reuse: dict[str, Any] = requests[-1].subject.reuse
        kept: tuple[Sequence[Request], Call] | None = reuse.get("call")
        if kept and repeats and kept[0] is requests:
            return kept[1]
        keys: list[Any] = []
        arguments: list[Any] = ["" if now is None else micros(now)]
        for request in current:
            keys += self._names.keys(request.subject)
            arguments += self._arguments(request)
        call = Call(_TAKE, keys, arguments)
        if repeats:
            reuse["call"] = (requests, call)
        return call

    def _arguments(self, request: Request) -> list[Any]:
        subject, ask = request.subject, request.ask
        limits = subject.reuse.get("limits")
        if limits is None:
            limits = subject.reuse["limits"] = limits_as_json(subject.limits)
        return [
            subject.epoch,
            subject.version,
            subject.tenant_version,
            limits,
            ask.cost,
            ask.lease_id,
            ask.lease_us,
            ask.refusal or ("dry" if ask.dry else "take"),
            "" if ask.silent else request.attempt.encoded(),
        ]

    def _read(self, request: Request, reply: list[Any]) -> Taken:
        word = reply[0]
        if word == b"lost":
            self._lose(request.subject.shard)
        step = _STEPS.get(word)
        if step is Step.WANTING:
            kinds = tuple(reply[2].decode().split(","))
            return Taken(step, now_us=reply[1], wanting=kinds, leftover=bool(reply[3]))
        if step is not None:
            return Taken(step)
        _, now_us, retry_us, position, *levels = reply
        if position:
            self._saw(request.subject.epoch, position.decode())
        wait = retry_us if retry_us >= 0 else None
        return Taken(Step.DONE, _OUTCOMES[word], now_us, levels_of(levels), wait)

    def _lose(self, shard: int) -> NoReturn:
        self._epochs.pop(shard, None)
        raise EpochLost(shard)

    def _saw(self, epoch: str, position: str) -> None:
        with self._lock:
            if rank(position) > rank(self._seen.get(epoch, "")):
                self._seen[epoch] = position


def _leave_the_rest(done: list[Taken], problem: EpochLost | LimiterDown) -> None:
    """What was taken before the problem is told, so that it is not taken again with the rest."""
    if not done or (isinstance(problem, LimiterDown) and problem.maybe_taken):
        raise problem
    done.append(Taken(Step.STALE))


def _run(epoch: str) -> str:
    """The run of the server that an epoch belongs to."""
    return epoch.partition(".")[0]
