"""A site under load while it is struck again and again, and what everybody saw."""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path

from tests.faults.client import Client
from tests.faults.history import History
from tests.faults.load import Key, Load, Running, Wanted, stop_all, verify
from tests.faults.site import Site
from tests.faults.strikes import Strike
from tests.faults.writers import Repeating, Stopper, Writer

CLIENTS = 6
STEADY_KEYS = 6
#: A limit that the load passes all the time.
PER_SECOND = 5
#: So small that PostgreSQL alone counts it.
FEW = 60
#: What of a quota is spent during the strikes; the rest is for the end.
SPENT_SHARE = 0.8
COSTS = (1, 3, 7)
HEALED_CALLS = 10
HEAL_SECONDS_MAX = 30
REST_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Struck:
    """One strike. Monotonic seconds; healed is when verifies were answered as ever again."""

    name: str
    began_at: float
    returned_at: float
    healed_at: float


@dataclass(frozen=True, slots=True)
class Quota:
    """A key with a hard quota: so many units, of which a verify takes one of `costs`."""

    key: Key
    units: int
    costs: tuple[int, ...]

    def share(self, strikes: int, chance: random.Random) -> list[tuple[Key, int]]:
        """The calls of one volley, when there is one with each strike."""
        calls = self.units * SPENT_SHARE / strikes / (sum(self.costs) / len(self.costs))
        return [(self.key, chance.choice(self.costs)) for _ in range(max(1, round(calls)))]


@dataclass
class Ordeal:
    """Strikes, each `kills` times in random order, on a site whose keys have quotas of `units`.

    Clients rest for `pace_seconds` between two calls.
    """

    site: Site
    folder: Path
    strikes: Sequence[Strike]
    kills: int
    units: int
    seed: int
    pace_seconds: float = 0
    history: History = field(default_factory=History)
    struck: list[Struck] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.wanted = Wanted(pace_seconds=self.pace_seconds)
        self.quotas = self._quotas()
        self.steady = [self.site.create(f"steady {number}") for number in range(STEADY_KEYS)]
        self.limited = self.site.create("limited", requests_per_second=PER_SECOND)
        self.writer = Writer(self.site.client(), self.seed)
        self.stopper = Stopper(self.site.client(1), self.wanted, self.seed)

    @property
    def keys(self) -> list[Key]:
        """Every key whose uses are counted, but those that were stopped."""
        return [*(quota.key for quota in self.quotas), *self.steady, self.limited]

    def run(self, *, passes_min: int = 0) -> None:
        """Strike until all is done and so many verifies were answered `valid`."""
        self.wanted.steady = [*self.steady, self.limited]
        running: list[Running] = [
            self.load(),
            Repeating(self.writer.step),
            Repeating(self.stopper.step),
        ]
        try:
            for strike in self._order():
                self._strike(strike)
            while self.wanted.has_volleys or self._passes() < passes_min:
                time.sleep(REST_SECONDS)
        finally:
            stop_all(running)
            self.writer.client.close()
            self.stopper.client.close()
            self.write()

    def load(self) -> Load:
        """Clients that begin to ask for what is wanted."""
        site = self.site
        return Load(
            site.urls, site.root_key, self.wanted, self.history, threads=CLIENTS, seed=self.seed
        )

    def write(self) -> None:
        """Leave what happened in the folder, for whoever wants to know why."""
        self.history.write(self.folder / "history.csv")
        (self.folder / "seed").write_text(f"{self.seed}\n")
        with (self.folder / "struck.csv").open("w", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(part.name for part in fields(Struck))
            writer.writerows(astuple(struck) for struck in self.struck)

    def _quotas(self) -> list[Quota]:
        create, units = self.site.create, self.units
        return [
            Quota(create("uses", max_uses=units), units, (1,)),
            Quota(create("few uses", max_uses=FEW), FEW, (1,)),
            Quota(create("a day", requests_per_day=units), units, COSTS),
            Quota(create("credits", credits=units), units, COSTS),
        ]

    def _order(self) -> list[Strike]:
        rounds = [self.chance.sample(self.strikes, len(self.strikes)) for _ in range(self.kills)]
        return [strike for order in rounds for strike in order]

    def _strike(self, strike: Strike) -> None:
        strikes = self.kills * len(self.strikes)
        volley = [call for quota in self.quotas for call in quota.share(strikes, self.chance)]
        self.chance.shuffle(volley)
        self.wanted.volley(volley)
        time.sleep(self.chance.uniform(0, REST_SECONDS))
        began_at = time.monotonic()
        strike(self.site, self.chance)
        returned_at = time.monotonic()
        self._wait_until_healed()
        self.struck.append(Struck(strike.__name__, began_at, returned_at, time.monotonic()))

    def _wait_until_healed(self) -> None:
        """Until every service answers several verifies in a row, or for as long as is too long."""
        deadline = time.monotonic() + HEAL_SECONDS_MAX
        for number in range(len(self.site.services)):
            with self.site.client(number) as client:
                self._wait_for_passes(client, deadline)

    def _wait_for_passes(self, client: Client, deadline: float) -> None:
        in_a_row = 0
        while in_a_row < HEALED_CALLS and time.monotonic() < deadline:
            call = verify(client, self.chance.choice(self.steady))
            self.history.add(call)
            in_a_row = in_a_row + 1 if call.passed else 0
            time.sleep(0 if call.passed else REST_SECONDS / 10)

    def _passes(self) -> int:
        return len(self.history.passed())
