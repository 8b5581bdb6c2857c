"""The meter of one key: everything is decided first, then all of it is taken, or nothing.

`limiters/remote/take.lua` is its twin; a test holds both to the same generated histories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from apikeys.domain.limits import NEVER_US, SECOND_US, WINDOW_SECONDS, Bucket, Limits, units
from apikeys.domain.usage import Use
from apikeys.domain.verdict import Outcome

# For so long it is believed that the ledger has no more to give.
EXHAUSTION_US = SECOND_US
# So many leases of a key without `concurrent_requests` may run at once.
LEASES_MAX = 10_000
# A grant that was longer on its way counts as lost, and is refused if it arrives after all.
LATE_US = 60 * SECOND_US
# For so long one request has the ledger to itself; then it is believed to have died.
LEASING_US = SECOND_US


@dataclass(frozen=True, slots=True)
class Grant:
    """Units of a quota that the ledger has handed over, good from `start_us` until `until_us`.

    `rest` is what it had left then (`asked_us`), `limit` what there is in all.
    """

    kind: str
    units: int
    lot: str
    start_us: int
    until_us: int
    rest: int
    asked_us: int
    limit: int


@dataclass(slots=True)
class Balance:
    """What is left of the grants of one lot."""

    units: int
    lot: str
    start_us: int
    until_us: int
    rest: int
    asked_us: int
    limit: int


@dataclass(frozen=True, slots=True)
class Ask:
    """What one request wants to take. With `lease_id` a slot of the concurrent ones too.

    A `refusal` was decided already and is only to be remembered; `dry` takes nothing; what is
    `silent` is counted and leaves no event.
    """

    cost: int = 1
    lease_id: str = ""
    lease_us: int = 0
    refusal: str = ""
    dry: bool = False
    silent: bool = False


class Level(NamedTuple):
    """How much one limit has left, and when it is whole again; 0: never."""

    limit: int
    remaining: int
    reset_us: int


@dataclass(frozen=True, slots=True)
class Metered:
    """What the meter says; a level is None where nothing is known of the limit yet.

    `wanting` names the quotas that the ledger has to be asked for, unless another request
    `is_leasing` just now. With `leftover` there are balances that no longer count and should be
    given back first.
    """

    outcome: Outcome | None
    levels: tuple[Level | None, ...] = ()
    retry_us: int | None = None
    wanting: tuple[str, ...] = ()
    leftover: bool = False
    is_leasing: bool = False
    uses: tuple[Use, ...] = ()


@dataclass(slots=True)
class Meter:
    """The state of one key. `version`: under which version of the key the balances were granted;
    `closed`: lots of which no grant is taken any more, and since when; `leasing_us`: since when
    somebody asks the ledger, 0 if nobody does. While units may be under way nobody is refused for
    want of them.
    """

    version: str = ""
    buckets: dict[str, tuple[int, int]] = field(default_factory=dict)
    balances: dict[str, Balance] = field(default_factory=dict)
    leases: dict[str, int] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    leasing_us: int = 0

    def take(self, limits: Limits, version: str, ask: Ask, now_us: int) -> Metered:
        """Decide, and take if it may be. Nothing is taken otherwise, nor when it is `dry`."""
        held = self.balances if self.version == version else {}
        wanting = tuple(
            kind for kind in limits.quotas if _wants(held.get(kind), units(kind, ask.cost), now_us)
        )
        levels = {bucket.name: self._level(bucket, now_us) for bucket in limits.buckets}
        refusal = self._refusal(limits, held, wanting, levels, ask, now_us)
        if refusal is None and wanting:
            if 0 <= now_us - self.leasing_us < LEASING_US:
                return Metered(None, is_leasing=True)
            self.leasing_us = now_us
            leftover = self._has_leftover(limits.quotas, version, now_us)
            return Metered(None, wanting=wanting, leftover=leftover)
        if refusal is None:
            return self._taken(limits, held, levels, ask, now_us)
        outcome, retry_us = refusal
        told = tuple(self._told(limits, held, levels, now_us))
        return Metered(outcome, told, retry_us)

    def grant(self, version: str, grants: Sequence[Grant], now_us: int) -> bool:
        """Add what the ledger gave; of another lot or period it takes the place of what was.

        False, and nothing is added, when it comes too late. Whoever asked the ledger is done.
        """
        self.leasing_us = 0
        if any(it.lot in self.closed or now_us - it.asked_us > LATE_US for it in grants):
            return False
        if grants and self.version != version:
            self.version, self.balances = version, {}
        for it in grants:
            kept = self.balances.get(it.kind)
            same = kept is not None and (kept.lot, kept.until_us) == (it.lot, it.until_us)
            before = kept.units if kept is not None and same else 0
            self.balances[it.kind] = Balance(
                before + it.units, it.lot, it.start_us, it.until_us, it.rest, it.asked_us, it.limit
            )
        return True

    def empty(self, closing: Iterable[str], now_us: int) -> tuple[tuple[str, str, int], ...]:
        """Give back every balance as (kind, lot, units); no more grants of `closing` lots."""
        recent = {lot: since for lot, since in self.closed.items() if now_us - since <= LATE_US}
        self.closed = recent | dict.fromkeys(closing, now_us)
        given = tuple((kind, it.lot, it.units) for kind, it in self.balances.items())
        self.balances = {}
        return given

    def as_json(self) -> dict[str, Any]:
        """For a meter that is kept in the database between two requests."""
        return asdict(self)

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Meter:
        """The meter that `as_json` wrote; a new one from nothing."""
        return cls(
            version=state.get("version", ""),
            buckets={name: (it[0], it[1]) for name, it in state.get("buckets", {}).items()},
            balances={kind: Balance(**it) for kind, it in state.get("balances", {}).items()},
            leases=dict(state.get("leases", {})),
            closed=dict(state.get("closed", {})),
            leasing_us=state.get("leasing_us", 0),
        )

    def is_idle(self, now_us: int) -> bool:
        """Whether it says no more than a new one would: a bucket unused for so long is full.

        That units are at their end the ledger tells as well.
        """
        since = now_us - 2 * LATE_US
        return not (
            any(it.units > 0 or it.asked_us > since for it in self.balances.values())
            or self.leasing_us > since
            or self.in_use(now_us)
            or any(at > since for at in self.closed.values())
            or any(at > since or it not in WINDOW_SECONDS for it, (_, at) in self.buckets.items())
        )

    def in_use(self, now_us: int) -> int:
        """How many leases run."""
        return sum(until > now_us for until in self.leases.values())

    def _has_leftover(self, quotas: Iterable[str], version: str, now_us: int) -> bool:
        current = self.version == version
        held = [self.balances[kind] for kind in quotas if kind in self.balances]
        return any(not (current and it.start_us <= now_us < it.until_us) for it in held)

    def _level(self, bucket: Bucket, now_us: int) -> int:
        full, at = bucket.limit * bucket.window, now_us // bucket.tick_us
        level, since = self.buckets.get(bucket.name, (full, at))
        if since > at:  # the clock was set back: it refills nothing, and is believed from now on
            self.buckets[bucket.name] = (level, at)
        return min(full, level + max(0, at - since) * bucket.limit)

    def _refusal(
        self,
        limits: Limits,
        held: dict[str, Balance],
        wanting: tuple[str, ...],
        levels: dict[str, int],
        ask: Ask,
        now_us: int,
    ) -> tuple[Outcome, int | None] | None:
        """The first refusal in the order of `Outcome`; what wants the ledger is not refused yet."""
        waits = [_wait_us(it, levels[it.name]) for it in limits.buckets]
        if any(waits):
            return Outcome.RATE_LIMITED, max(waits)
        short = [
            kind
            for kind in limits.quotas
            if kind not in wanting and held[kind].units < units(kind, ask.cost)
        ]
        for kind in short:
            if kind != "credits":
                return Outcome.QUOTA_EXCEEDED, _until(held[kind], now_us)
        if any(kind != "credits" for kind in wanting):
            return None
        most = LEASES_MAX if limits.concurrent is None and ask.lease_id else limits.concurrent
        if most is not None and self.in_use(now_us) >= most:
            running = [until for until in self.leases.values() if until > now_us]
            return Outcome.CONCURRENCY_EXCEEDED, min(running, default=now_us) - now_us
        if "credits" in short:
            return Outcome.CREDITS_EXHAUSTED, _until(held["credits"], now_us)
        return None

    def _taken(
        self,
        limits: Limits,
        held: dict[str, Balance],
        levels: dict[str, int],
        ask: Ask,
        now_us: int,
    ) -> Metered:
        spent = tuple(Use(kind, held[kind].lot, units(kind, ask.cost)) for kind in limits.quotas)
        if ask.dry:
            return Metered(Outcome.VALID, tuple(self._told(limits, held, levels, now_us)))
        for bucket in limits.buckets:
            levels[bucket.name] -= bucket.window
            self.buckets[bucket.name] = (levels[bucket.name], now_us // bucket.tick_us)
        for use in spent:
            held[use.kind].units -= use.units
        if ask.lease_id:
            self.leases = {name: until for name, until in self.leases.items() if until > now_us}
            self.leases[ask.lease_id] = now_us + ask.lease_us
        told = tuple(self._told(limits, held, levels, now_us))
        return Metered(Outcome.VALID, told, uses=spent)

    def _told(
        self, limits: Limits, held: dict[str, Balance], levels: dict[str, int], now_us: int
    ) -> Iterator[Level | None]:
        for bucket in limits.buckets:
            level, full = levels[bucket.name], bucket.limit * bucket.window
            missing = -(-(full - level) // bucket.limit) if bucket.limit else bucket.window
            reset_us = now_us + missing * bucket.tick_us
            yield Level(bucket.limit, level // bucket.window, reset_us)
        for kind in limits.quotas:
            it = held.get(kind)
            known = it is not None and it.start_us <= now_us < it.until_us
            yield Level(it.limit, it.units + it.rest, it.until_us) if it and known else None
        if limits.concurrent is not None:
            running = [until for until in self.leases.values() if until > now_us]
            free = max(0, limits.concurrent - len(running))
            yield Level(limits.concurrent, free, max(running, default=now_us))


def _wants(balance: Balance | None, needed: int, now_us: int) -> bool:
    """Whether the ledger may have to be asked."""
    if balance is None or not balance.start_us <= now_us < balance.until_us:
        return True
    if balance.units >= needed:
        return False
    exhausted = balance.units + balance.rest < needed
    # Hosts have clocks of their own, and one may be a little ahead of this one.
    return not (exhausted and abs(now_us - balance.asked_us) < EXHAUSTION_US)


def _wait_us(bucket: Bucket, level: int) -> int:
    """Until the bucket holds one request again; 0 when it does."""
    if bucket.limit == 0:
        return bucket.window_us
    missing = bucket.window - level
    return max(0, -(-missing // bucket.limit)) * bucket.tick_us


def _until(balance: Balance, now_us: int) -> int | None:
    return None if balance.until_us >= NEVER_US else balance.until_us - now_us
